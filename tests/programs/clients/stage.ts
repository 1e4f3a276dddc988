/** Where ways of being a client are played: those of one act all at once, against one pod. */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** One way of being a client, and what is right to come of it. */
export interface Way {
    /** In the pod's network. What it returns goes through JSON. */
    readonly play: (stage: Stage) => Promise<unknown>;
    /** In the test, on what {@link play} has returned. */
    readonly check: (seen: unknown) => void;
}

export function way<Seen>(play: (stage: Stage) => Promise<Seen>, check: (seen: Seen) => void): Way {
    return { play, check: check as (seen: unknown) => void };
}

const port = 8080;

const patienceSeconds = 30;

/** Looks again and again. Rejects where it takes longer than any machine needs. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    const begun = performance.now();
    while (!(await isSo())) {
        if (performance.now() - begun > patienceSeconds * 1000) throw new Error(`No sign that ${what}.`);
        await sleep(5);
    }
}

export class Stage {
    private begin: () => void = () => undefined;
    private readonly drained: Promise<void>;

    /**
     * @param folder the pod's; work.php leaves its marks there
     * @param awaited how many ways are on their way to the drain
     * @param quit asks nginx to end
     * @param ended nginx has
     */
    constructor(
        private readonly folder: string,
        private awaited: number,
        quit: () => void,
        readonly ended: Promise<void>,
    ) {
        this.drained = new Promise<void>((resolve) => (this.begin = resolve)).then(async () => {
            // The kernel resets what is connected and not accepted when the door is closed: no way is about that.
            await until("nginx accepts", () => waitingAt(port) === 0);
            quit();
            await until("nginx closes its door", async () => !(await isOpen()));
        });
    }

    /** How often PHP has begun a request of this id to work.php. */
    beginnings(id: string): number {
        const path = this.mark("begun", id);
        return existsSync(path) ? statSync(path).size : 0;
    }

    /** Resolves when a worker of PHP has one. */
    async begun(id: string): Promise<void> {
        await until(`PHP begins with ${id}`, () => this.beginnings(id) > 0);
    }

    /** Lets those of this id end that wait for it. */
    release(id: string): void {
        writeFileSync(this.mark("released", id), "");
    }

    /** Whether PHP has done the work of one. */
    isFinished(id: string): boolean {
        return existsSync(this.mark("finished", id));
    }

    /** Begins when every way has come here. Resolves when nginx has been asked to end, and accepts no more. */
    async drain(): Promise<void> {
        this.arrive();
        await this.drained;
    }

    /** The others need not wait for this way any more. */
    arrive(): void {
        this.awaited -= 1;
        if (this.awaited <= 0) this.begin();
    }

    /** Whether all others wait for the drain. */
    get isLast(): boolean {
        return this.awaited === 1;
    }

    private mark(what: string, id: string): string {
        return join(this.folder, `${what}-${id}`);
    }
}

/** How many connections the kernel has for whoever listens at a port, and has not handed over. */
export function waitingAt(port: number): number {
    const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
    const rows = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) =>
        readFileSync(path, "utf8")
            .split("\n")
            .map((line) => line.trim().split(/\s+/)),
    );
    return rows
        .filter(([, local = "", , state]) => local.endsWith(suffix) && state === "0A")
        .reduce((sum, [, , , , queues = ""]) => sum + Number.parseInt(queues.split(":")[1] ?? "", 16), 0);
}

function isOpen(): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = connect({ host: "127.0.0.1", port });
        socket.once("connect", () => {
            socket.destroy();
            resolve(true);
        });
        socket.once("error", () => {
            resolve(false);
        });
    });
}
