// After pattern.js: the same colour and tone, and one clock in both, that of the page's AudioContext. Each picture has in its last rows
// the clock's ms when it was drawn, as 32 blocks, black or white; at each full second of the clock a second tone sounds
// for a tenth, one of five by turns.
(() => {
  const { colour, tone } = window.__pattern;
  const [WIDTH, HEIGHT, BLOCK, BITS] = [640, 480, 20, 32];
  const TICKS = [2000, 2400, 2800, 3200, 3600];
  const TICK_S = 0.1;
  const LONGEST_S = 600;
  let context;

  const oscillator = (frequency, level) => {
    const source = context.createOscillator();
    const gain = context.createGain();
    source.frequency.value = frequency;
    gain.gain.value = level;
    source.connect(gain);
    source.start();
    return { source, gain };
  };

  const sound = () => {
    const out = context.createMediaStreamDestination();
    oscillator(tone, 0.3).gain.connect(out);
    const tick = oscillator(TICKS[0], 0);
    for (let second = Math.ceil(context.currentTime + TICK_S); second < LONGEST_S; second++) {
      tick.source.frequency.setValueAtTime(TICKS[second % TICKS.length], second - TICK_S);
      tick.gain.gain.setValueAtTime(0.2, second);
      tick.gain.gain.setValueAtTime(0, second + TICK_S);
    }
    tick.gain.connect(out);
    return out.stream.getAudioTracks()[0];
  };

  const picture = () => {
    const canvas = document.createElement("canvas");
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    const pen = canvas.getContext("2d", { alpha: false });
    let x = 0;
    setInterval(() => {
      pen.fillStyle = `rgb(${colour.join(",")})`;
      pen.fillRect(0, 0, WIDTH, HEIGHT);
      pen.fillStyle = "white";
      pen.fillRect(x, 0, 40, 60);
      x = (x + 8) % 600;
      const ms = Math.round(context.currentTime * 1000);
      for (let bit = 0; bit < BITS; bit++) {
        pen.fillStyle = (ms >>> bit) & 1 ? "white" : "black";
        pen.fillRect(bit * BLOCK, HEIGHT - BLOCK, BLOCK, BLOCK);
      }
    }, 50);
    return canvas.captureStream(20).getVideoTracks()[0];
  };

  navigator.mediaDevices.getUserMedia = async (wanted) => {
    context ??= new AudioContext();
    const stream = new MediaStream();
    if (wanted.audio) stream.addTrack(sound());
    if (wanted.video) stream.addTrack(picture());
    return stream;
  };
})();
