/** What a long command tells the person who waits for it. */

export interface Progress {
    /**
     * Begins a step, which may run beside others.
     *
     * @param expectedSeconds how long it takes on two cores, so that whoever waits knows whether to stay
     */
    step(name: string, expectedSeconds?: number): Step;
    /** A line that belongs to no step, or the output of one. */
    note(text: string): void;
}

/** Every step ends with one of these; what is called after that has no effect. */
export interface Step {
    /** @param note what came of it, where that is worth a line's end: "4 images, none changed" */
    done(note?: string): void;
    fail(error: unknown): void;
}

/** Runs a step's work, and ends the step as the work ends. */
export async function during<T>(
    progress: Progress,
    name: string,
    expectedSeconds: number | undefined,
    work: () => Promise<T>,
    note?: (result: T) => string | undefined,
): Promise<T> {
    const step = progress.step(name, expectedSeconds);
    try {
        const result = await work();
        step.done(note?.(result));
        return result;
    } catch (error) {
        step.fail(error);
        throw error;
    }
}

interface Running {
    readonly name: string;
    readonly expectedSeconds: number | undefined;
    readonly began: number;
    /** When a log was last told that this is still going on. */
    told: number;
}

/** A log, which nobody watches second by second, gets a sign of life this often. */
const logIntervalSeconds = 30;

/** The part of a stream that progress needs; process.stderr fits. */
export interface ProgressStream {
    readonly isTTY?: boolean;
    readonly columns?: number;
    write(text: string): unknown;
}

/**
 * Progress on a terminal: finished steps as lines, and below them one line, renewed every second, of what runs. In a log
 * (no terminal) steps are lines at their end, and long ones also in between.
 */
export class TerminalProgress implements Progress {
    private readonly running = new Set<Running>();
    private timer: NodeJS.Timeout | undefined;
    private hasStatusLine = false;

    constructor(
        private readonly stream: ProgressStream = process.stderr,
        private readonly now: () => number = () => performance.now() / 1000,
    ) {}

    step(name: string, expectedSeconds?: number): Step {
        const began = this.now();
        const step: Running = { name, expectedSeconds, began, told: began };
        this.running.add(step);
        // Unreferenced, so that a forgotten step keeps no process alive.
        this.timer ??= setInterval(() => {
            this.tick();
        }, 1000).unref();
        this.drawStatus();
        return {
            done: (note) => {
                this.end(step, "✓", note);
            },
            fail: (error) => {
                this.end(step, "✗", firstLineOf(error));
            },
        };
    }

    note(text: string): void {
        this.clearStatus();
        for (const line of text.trimEnd().split("\n")) this.stream.write(`  ${line}\n`);
        this.drawStatus();
    }

    private end(step: Running, mark: string, note: string | undefined): void {
        if (!this.running.delete(step)) return;
        if (this.running.size === 0) {
            clearInterval(this.timer);
            this.timer = undefined;
        }
        this.clearStatus();
        const seconds = `${(this.now() - step.began).toFixed(1)} s`;
        this.stream.write(
            `${mark} ${step.name.padEnd(44)} ${seconds.padStart(8)}${note === undefined ? "" : `  ${note}`}\n`,
        );
        this.drawStatus();
    }

    private tick(): void {
        if (this.stream.isTTY === true) {
            this.clearStatus();
            this.drawStatus();
            return;
        }
        const now = this.now();
        for (const step of this.running) {
            if (now - step.told < logIntervalSeconds) continue;
            step.told = now;
            this.stream.write(`… ${this.describe(step)}\n`);
        }
    }

    private drawStatus(): void {
        if (this.stream.isTTY !== true || this.running.size === 0) return;
        const text = `… ${[...this.running].map((step) => this.describe(step)).join("; ")}`;
        // A line that wraps could not be cleared again. Some terminals say that they are 0 wide.
        const { columns = 0 } = this.stream;
        this.stream.write(text.slice(0, (columns > 0 ? columns : 80) - 1));
        this.hasStatusLine = true;
    }

    private clearStatus(): void {
        if (!this.hasStatusLine) return;
        this.stream.write("\r\u001b[K");
        this.hasStatusLine = false;
    }

    private describe({ name, expectedSeconds, began }: Running): string {
        const seconds = Math.round(this.now() - began);
        return `${name}: ${seconds} s${expectedSeconds === undefined ? "" : ` of about ${expectedSeconds} s`}`;
    }
}

/** The rest of the message is the last thing that a command says. */
function firstLineOf(error: unknown): string {
    const [first = "", ...rest] = (error instanceof Error ? error.message : String(error)).split("\n");
    return rest.length === 0 ? first : first.replace(/[.:]?$/, "; see below.");
}
