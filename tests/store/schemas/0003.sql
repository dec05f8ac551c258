-- The database of schema 0003, filled; as `sqlite3 sefaw.sqlite .dump` writes it.
BEGIN TRANSACTION;
CREATE TABLE "account" (
	id VARCHAR(26) NOT NULL, 
	institution_id VARCHAR(26) NOT NULL, 
	user VARCHAR(64) NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	role VARCHAR(32) NOT NULL, 
	password_hash VARCHAR(256) NOT NULL, 
	created_s BIGINT NOT NULL, 
	disabled_s BIGINT NOT NULL, 
	department_id VARCHAR(26), 
	CONSTRAINT pk_account PRIMARY KEY (id), 
	CONSTRAINT fk_account_institution_id FOREIGN KEY(institution_id) REFERENCES institution (id), 
	CONSTRAINT uq_account_user UNIQUE (user), 
	CONSTRAINT fk_account_department_id FOREIGN KEY(department_id) REFERENCES department (id)
);
INSERT INTO "account" VALUES('cccccccccccccccccccccccccc','aaaaaaaaaaaaaaaaaaaaaaaaaa','village','李梅 Li Mei','village_doctor','$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aGFzaA',1790000002,0,NULL);
INSERT INTO "account" VALUES('dddddddddddddddddddddddddd','bbbbbbbbbbbbbbbbbbbbbbbbbb','wang','王建国 Wang','specialist','$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aGFzaB',1790000003,0,NULL);
INSERT INTO "account" VALUES('eeeeeeeeeeeeeeeeeeeeeeeeee','bbbbbbbbbbbbbbbbbbbbbbbbbb','gone','O''Neil','reviewer','x',1790000004,1790009999,NULL);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0003');
CREATE TABLE consultation (
	id VARCHAR(26) NOT NULL, 
	institution_id VARCHAR(26) NOT NULL, 
	requester_id VARCHAR(26) NOT NULL, 
	specialist_id VARCHAR(26), 
	status VARCHAR(32) NOT NULL, 
	urgency VARCHAR(32) NOT NULL, 
	reason VARCHAR(1000) NOT NULL, 
	patient_name VARCHAR(80) NOT NULL, 
	patient_sex VARCHAR(32) NOT NULL, 
	patient_birth_year INTEGER NOT NULL, 
	patient_identifier VARCHAR(64) NOT NULL, 
	requested_ms BIGINT NOT NULL, 
	opened_ms BIGINT NOT NULL, 
	closed_ms BIGINT NOT NULL, 
	close_reason VARCHAR(32), department VARCHAR(80) DEFAULT '' NOT NULL, opinions INTEGER DEFAULT '0' NOT NULL, acknowledged INTEGER DEFAULT '0' NOT NULL, critical BOOLEAN DEFAULT '0' NOT NULL, critical_told BOOLEAN DEFAULT '0' NOT NULL, personal BLOB, 
	CONSTRAINT pk_consultation PRIMARY KEY (id), 
	CONSTRAINT fk_consultation_institution_id FOREIGN KEY(institution_id) REFERENCES institution (id), 
	CONSTRAINT fk_consultation_requester_id FOREIGN KEY(requester_id) REFERENCES account (id), 
	CONSTRAINT fk_consultation_specialist_id FOREIGN KEY(specialist_id) REFERENCES account (id)
);
INSERT INTO "consultation" VALUES('gggggggggggggggggggggggggg','aaaaaaaaaaaaaaaaaaaaaaaaaa','cccccccccccccccccccccccccc','dddddddddddddddddddddddddd','closed','urgent','Gallbladder? 胆囊?','张桂英','female',1951,'QS-4711',1790000006000,1790000007000,1790000008000,'hung_up','',0,0,0,0,NULL);
INSERT INTO "consultation" VALUES('hhhhhhhhhhhhhhhhhhhhhhhhhh','aaaaaaaaaaaaaaaaaaaaaaaaaa','cccccccccccccccccccccccccc',NULL,'ringing','routine','R','P','unknown',0,'',1790000009000,0,0,NULL,'',0,0,0,0,NULL);
CREATE TABLE department (
	id VARCHAR(26) NOT NULL, 
	institution_id VARCHAR(26) NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_department PRIMARY KEY (id), 
	CONSTRAINT fk_department_institution_id FOREIGN KEY(institution_id) REFERENCES institution (id), 
	CONSTRAINT uq_department_institution_id_name UNIQUE (institution_id, name)
);
CREATE TABLE draft (
	consultation_id VARCHAR(26) NOT NULL, 
	account_id VARCHAR(26) NOT NULL, 
	body TEXT NOT NULL, 
	saved_ms BIGINT NOT NULL, sealed BLOB, 
	CONSTRAINT pk_draft PRIMARY KEY (consultation_id, account_id), 
	CONSTRAINT fk_draft_account_id FOREIGN KEY(account_id) REFERENCES account (id), 
	CONSTRAINT fk_draft_consultation_id FOREIGN KEY(consultation_id) REFERENCES consultation (id) ON DELETE CASCADE
);
INSERT INTO "draft" VALUES('hhhhhhhhhhhhhhhhhhhhhhhhhh','dddddddddddddddddddddddddd','{"findings":"gallstones"}',1800000000000,NULL);
CREATE TABLE institution (
	id VARCHAR(26) NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	created_s BIGINT NOT NULL, 
	CONSTRAINT pk_institution PRIMARY KEY (id), 
	CONSTRAINT uq_institution_name UNIQUE (name)
);
INSERT INTO "institution" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaa','青山镇卫生院 Qingshan Clinic',1790000000);
INSERT INTO "institution" VALUES('bbbbbbbbbbbbbbbbbbbbbbbbbb','县人民医院 County Hospital',1790000001);
CREATE TABLE member (
	consultation_id VARCHAR(26) NOT NULL, 
	account_id VARCHAR(26) NOT NULL, 
	CONSTRAINT pk_member PRIMARY KEY (consultation_id, account_id), 
	CONSTRAINT fk_member_account_id FOREIGN KEY(account_id) REFERENCES account (id), 
	CONSTRAINT fk_member_consultation_id FOREIGN KEY(consultation_id) REFERENCES consultation (id) ON DELETE CASCADE, 
	CONSTRAINT uq_member_account_id_consultation_id UNIQUE (account_id, consultation_id)
);
INSERT INTO "member" VALUES('gggggggggggggggggggggggggg','cccccccccccccccccccccccccc');
INSERT INTO "member" VALUES('gggggggggggggggggggggggggg','dddddddddddddddddddddddddd');
INSERT INTO "member" VALUES('hhhhhhhhhhhhhhhhhhhhhhhhhh','cccccccccccccccccccccccccc');
CREATE TABLE patient (
	id VARCHAR(26) NOT NULL, 
	institution_id VARCHAR(26) NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	sex VARCHAR(32) NOT NULL, 
	birth_year INTEGER NOT NULL, 
	identifier VARCHAR(64) NOT NULL, 
	created_s BIGINT NOT NULL, 
	CONSTRAINT pk_patient PRIMARY KEY (id), 
	CONSTRAINT fk_patient_institution_id FOREIGN KEY(institution_id) REFERENCES institution (id)
);
INSERT INTO "patient" VALUES('ffffffffffffffffffffffffff','aaaaaaaaaaaaaaaaaaaaaaaaaa','张桂英','female',1951,'QS-4711',1790000005);
CREATE TABLE session (
	id_sha256 BLOB NOT NULL, 
	account_id VARCHAR(26) NOT NULL, 
	created_s BIGINT NOT NULL, 
	used_s BIGINT NOT NULL, 
	expires_s BIGINT NOT NULL, 
	CONSTRAINT pk_session PRIMARY KEY (id_sha256), 
	CONSTRAINT fk_session_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);
INSERT INTO "session" VALUES(X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F','cccccccccccccccccccccccccc',1790000010,1790000011,1790000012);
CREATE TABLE shift (
	id VARCHAR(26) NOT NULL, 
	account_id VARCHAR(26) NOT NULL, 
	starts_ms BIGINT NOT NULL, 
	ends_ms BIGINT NOT NULL, 
	CONSTRAINT pk_shift PRIMARY KEY (id), 
	CONSTRAINT fk_shift_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE TABLE signing_key (
	public BLOB NOT NULL, 
	account_id VARCHAR(26) NOT NULL, 
	sealed BLOB NOT NULL, 
	created_s BIGINT NOT NULL, 
	retired_s BIGINT NOT NULL, 
	CONSTRAINT pk_signing_key PRIMARY KEY (public), 
	CONSTRAINT fk_signing_key_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE INDEX ix_patient_institution_id ON patient (institution_id);
CREATE INDEX ix_consultation_institution_id_requested_ms ON consultation (institution_id, requested_ms);
CREATE INDEX ix_consultation_status ON consultation (status);
CREATE INDEX ix_session_account_id ON session (account_id);
CREATE INDEX ix_session_expires_s ON session (expires_s);
CREATE INDEX ix_account_institution_id ON account (institution_id);
CREATE INDEX ix_shift_account_id ON shift (account_id);
CREATE INDEX ix_shift_starts_ms ON shift (starts_ms);
CREATE INDEX ix_signing_key_account_id ON signing_key (account_id);
COMMIT;
