/** A clock that moves when told; tests hand it to code that asks for the time. */
export class TestClock {
  #ms: number;

  constructor(start: Date | string | number = "2030-01-01T00:00:00.000Z") {
    this.#ms = new Date(start).getTime();
  }

  now(): Date {
    return new Date(this.#ms);
  }

  advance(ms: number): Date {
    if (ms < 0) throw new RangeError("time only moves forward");
    this.#ms += ms;
    return this.now();
  }
}
