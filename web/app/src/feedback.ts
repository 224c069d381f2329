// What a person hears and feels when something was read: with gloves on, in noise, without looking.
let audio: AudioContext | undefined;

/** Browsers let a page sound only after it was touched. */
export function wakeSound(): void {
  audio ??= new AudioContext();
  void audio.resume();
}

export function good(): void {
  beep([880, 1320]);
  navigator.vibrate?.(60);
}

export function known(): void {
  beep([660]);
  navigator.vibrate?.([40, 60, 40]);
}

export function bad(): void {
  beep([220, 180]);
  navigator.vibrate?.([180, 80, 180]);
}

function beep(tones: number[]): void {
  if (audio?.state !== "running") return;
  for (const [place, frequency] of tones.entries()) {
    const oscillator = audio.createOscillator();
    const volume = audio.createGain();
    const start = audio.currentTime + place * 0.09;
    oscillator.frequency.value = frequency;
    volume.gain.setValueAtTime(0.15, start);
    volume.gain.exponentialRampToValueAtTime(0.001, start + 0.09);
    oscillator.connect(volume).connect(audio.destination);
    oscillator.start(start);
    oscillator.stop(start + 0.1);
  }
}
