/** A seeded source of choices: the same seed, the same scenarios. */
export class Random {
    #state: number;

    constructor(seed: number) {
        this.#state = seed >>> 0;
    }

    /** From 0 up to 1, which is left out: mulberry32. */
    next(): number {
        this.#state = (this.#state + 0x6d2b79f5) >>> 0;
        let mixed = this.#state;
        mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    }

    chance(probability: number): boolean {
        return this.next() < probability;
    }

    /** Both ends included. */
    integer(least: number, most: number): number {
        return least + Math.floor(this.next() * (most - least + 1));
    }

    of<const T extends readonly unknown[]>(...choices: T): T[number] {
        return choices[Math.floor(this.next() * choices.length)];
    }

    /** The value at times, undefined else. */
    maybe<T>(probability: number, value: () => T): T | undefined {
        return this.chance(probability) ? value() : undefined;
    }

    list<T>(least: number, most: number, element: (i: number) => T): T[] {
        return Array.from({ length: this.integer(least, most) }, (_, i) => element(i));
    }
}
