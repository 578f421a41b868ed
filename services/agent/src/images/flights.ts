/** Does what many want at the same time once for all of them; pulls of one image go through here. */

export interface Flights {
  /** Joins what is under way for the key, or begins it. It is cancelled when the last who waits for it has left. */
  join(key: string, signal: AbortSignal, begin: (signal: AbortSignal) => Promise<void>): Promise<void>;
}

interface Flight {
  readonly cancel: AbortController;
  readonly done: Promise<void>;
  passengers: number;
}

export function createFlights(): Flights {
  const flights = new Map<string, Flight>();
  const begun = (key: string, begin: (signal: AbortSignal) => Promise<void>): Flight => {
    const cancel = new AbortController();
    const flight: Flight = { cancel, done: begin(cancel.signal), passengers: 0 };
    flights.set(key, flight);
    const land = () => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    flight.done.then(land, land);
    return flight;
  };
  return {
    async join(key, signal, begin) {
      signal.throwIfAborted();
      const flight = flights.get(key) ?? begun(key, begin);
      flight.passengers += 1;
      try {
        await orAborted(flight.done, signal);
      } finally {
        flight.passengers -= 1;
        if (flight.passengers === 0) {
          // Whoever comes now begins anew: this one is being cancelled.
          if (flights.get(key) === flight) flights.delete(key);
          flight.cancel.abort();
        }
      }
    },
  };
}

function orAborted(done: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const leave = () => reject(signal.reason);
  signal.addEventListener("abort", leave, { once: true });
  done.then(resolve, reject);
  return promise.finally(() => signal.removeEventListener("abort", leave));
}
