"""How long what is kept of consultations is kept: decisions of people (`ledger`), clocks (`retention`), and what it
takes to let go of a recording (`letting_go`)."""
