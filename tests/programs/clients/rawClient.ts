/** A client of HTTP/1 by a bare socket: what it sends, when, and whether it reads is up to who plays it. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setImmediate as afterEvents } from "node:timers/promises";

import { answersIn, type RawAnswer } from "./rawAnswers";

/** All that a client got. */
export interface Heard {
    readonly answers: readonly RawAnswer[];
    /** How the connection ended: "FIN", or the error's code. */
    readonly ended: string;
}

export class RawClient {
    private readonly chunks: Buffer[] = [];
    private readonly over: Promise<string>;
    private isOver = false;

    /** @param isHead its requests are HEAD, whose answers have no body */
    private constructor(
        private readonly socket: Socket,
        private readonly isHead: boolean,
    ) {
        this.over = new Promise<string>((resolve) => {
            socket.once("end", () => {
                resolve("FIN");
            });
            socket.on("error", (error: NodeJS.ErrnoException) => {
                resolve(error.code ?? error.message);
            });
            socket.once("close", () => {
                resolve("closed by the client");
            });
        }).finally(() => {
            this.isOver = true;
        });
        socket.on("data", (chunk: Buffer) => this.chunks.push(chunk));
    }

    /** Connects. Rejects where nobody listens. */
    static async open(options: { readonly isHead?: boolean } = {}): Promise<RawClient> {
        // What the pod has ended may still be sent to: a client that is busy sending has not seen it.
        const socket = connect({ host: "127.0.0.1", port: 8080, allowHalfOpen: true, noDelay: true });
        await once(socket, "connect");
        return new RawClient(socket, options.isHead ?? false);
    }

    /** Resolves when the kernel has it, or the connection is over. */
    async send(data: string | Buffer): Promise<void> {
        await new Promise<void>((resolve) => {
            this.socket.write(data, () => {
                resolve();
            });
        });
    }

    /** Each in a packet of its own. */
    async sendInPieces(data: string, pieceBytes: number): Promise<void> {
        for (let i = 0; i < data.length; i += pieceBytes) {
            await this.send(data.slice(i, i + pieceBytes));
            await afterEvents();
        }
    }

    stopReading(): void {
        this.socket.pause();
    }

    readOn(): void {
        this.socket.resume();
    }

    /** Ends its own half, and goes on reading. */
    halfClose(): void {
        this.socket.end();
    }

    /** Is gone without a word, as a client whose process was killed: RST. */
    reset(): void {
        this.socket.resetAndDestroy();
    }

    /** Resolves with all that has come when so many answers are whole, or at the connection's end. */
    async answers(count: number): Promise<readonly RawAnswer[]> {
        while (!this.isOver && answersIn(this.text(), false, this.isHead).length < count) await this.more();
        return answersIn(this.text(), this.isOver, this.isHead);
    }

    /** Resolves when this is in what has come, or at the connection's end. */
    async received(part: string): Promise<void> {
        while (!this.isOver && !this.text().includes(part)) await this.more();
    }

    /** Resolves at the connection's end, and leaves it. */
    async heard(): Promise<Heard> {
        const ended = await this.over;
        this.socket.destroy();
        return { answers: answersIn(this.text(), true, this.isHead), ended };
    }

    private async more(): Promise<void> {
        await Promise.race([new Promise((resolve) => this.socket.once("data", resolve)), this.over]);
    }

    /** Byte by byte. */
    private text(): string {
        return Buffer.concat(this.chunks).toString("latin1");
    }
}
