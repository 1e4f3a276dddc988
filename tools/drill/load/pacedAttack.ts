/** Clients that take their time: slow readers, slow writers, and connections that are idle between two requests. */
import { createHash, randomBytes } from "node:crypto";
import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { Agent as TlsAgent, request as httpsRequest } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

import type { RunningAttack } from "./attack";
import { type Answer, judge } from "./judge";
import { type RequestResult, resultOf } from "./result";
import { type Attack, type Pace, requestUrl, type Target } from "./stream";

/** Of a slow body, what is sent at once. */
const pieces = 20;
/** Of an answer, what is looked at; those of slow readers are long. */
const keptBytes = 4096;

/** Begins at once. Its requests are sent by this thread: they are few, and vegeta has no slow ones. */
export function startPacedAttack(
    target: Target,
    attack: Attack,
    pace: Pace,
    onResult: (result: RequestResult) => void,
): RunningAttack {
    const paced = new PacedAttack(target, attack, pace, onResult);
    return {
        ended: paced.play(),
        stop: () => {
            paced.stop();
        },
        kill: () => {
            paced.kill();
        },
    };
}

class PacedAttack {
    private readonly body: Buffer;
    private readonly sha1: string;
    /** Each keeps one connection; requests take turns. */
    private readonly agents: readonly Agent[];
    private readonly inFlight = new Map<ClientRequest, Promise<void>>();
    private readonly stopping = new AbortController();
    private isKilled = false;

    constructor(
        private readonly target: Target,
        private readonly attack: Attack,
        private readonly pace: Pace,
        private readonly onResult: (result: RequestResult) => void,
    ) {
        this.body = randomBytes(attack.bodyBytes);
        this.sha1 = createHash("sha1").update(this.body).digest("hex");
        const connections = pace.kind === "idle" ? Math.ceil(pace.seconds * attack.requestsPerSecond) : 1;
        const AgentOfScheme = target.url.startsWith("https:") ? TlsAgent : Agent;
        const options = attack.isKeepAlive ? { keepAlive: true, maxSockets: 1 } : { keepAlive: false };
        this.agents = Array.from({ length: connections }, () => new AgentOfScheme(options));
    }

    stop(): void {
        this.stopping.abort();
    }

    kill(): void {
        this.isKilled = true;
        this.stop();
        for (const request of this.inFlight.keys()) request.destroy();
    }

    async play(): Promise<void> {
        const { requestsPerSecond, stream } = this.attack;
        const beganAtMs = Date.now();
        const count = Math.floor(requestsPerSecond * stream.seconds);
        for (let index = 0; index < count; index++) {
            // As vegeta does: the first one after one interval.
            const dueAtMs = beganAtMs + ((index + 1) * 1000) / requestsPerSecond;
            await sleep(Math.max(0, dueAtMs - Date.now()), undefined, { signal: this.stopping.signal }).catch(
                () => undefined,
            );
            if (this.stopping.signal.aborted) break;
            this.send(index, dueAtMs);
        }
        await Promise.all(this.inFlight.values());
        for (const agent of this.agents) agent.destroy();
    }

    private send(index: number, dueAtMs: number): void {
        const { method, stream } = this.attack;
        const id = this.attack.id(index);
        const url = requestUrl(this.target, this.attack, id);
        const sentAtMs = Date.now();
        const request = (url.startsWith("https:") ? httpsRequest : httpRequest)(url, {
            method,
            agent: this.agents[index % this.agents.length],
            headers: {
                ...(this.target.host === undefined ? {} : { host: this.target.host }),
                ...(method === "POST"
                    ? { "content-type": "application/octet-stream", "content-length": this.body.length }
                    : {}),
            },
        });
        let isOverdue = false;
        const deadline = setTimeout(() => {
            isOverdue = true;
            request.destroy();
        }, stream.deadlineSeconds * 1000);
        const answered = this.answerTo(request).then((answer) => {
            clearTimeout(deadline);
            this.inFlight.delete(request);
            if (this.isKilled) return;
            const latencyMs = Date.now() - sentAtMs;
            const error = isOverdue ? "deadline exceeded" : answer.error;
            const verdict = judge(id, this.attack, this.sha1, { ...answer, error, latencyMilliseconds: latencyMs });
            this.onResult(resultOf(id, this.attack, { dueAtMs, sentAtMs, latencyMs }, answer.code, verdict));
        });
        this.inFlight.set(request, answered);
    }

    private async answerTo(request: ClientRequest): Promise<Omit<Answer, "latencyMilliseconds">> {
        const answer = new Promise<IncomingMessage>((resolve, reject) => {
            request.once("response", resolve);
            request.on("error", reject);
        });
        // Looked at only after the body.
        answer.catch(() => undefined);
        try {
            await this.write(request);
            const response = await answer;
            return { code: response.statusCode ?? 0, error: "", ...(await this.read(response)) };
        } catch (error) {
            return { code: 0, error: error instanceof Error ? error.message : String(error), body: "", bodyBytes: 0 };
        }
    }

    private async write(request: ClientRequest): Promise<void> {
        if (this.pace.kind !== "slow-writer") {
            request.end(this.body);
            return;
        }
        const pieceBytes = Math.ceil(this.body.length / pieces);
        for (let from = 0; from < this.body.length && !request.destroyed; from += pieceBytes) {
            await sleep((this.pace.seconds * 1000) / pieces);
            request.write(this.body.subarray(from, from + pieceBytes));
        }
        request.end();
    }

    private async read(response: IncomingMessage): Promise<Pick<Answer, "body" | "bodyBytes">> {
        const millisecondsPerByte =
            this.pace.kind === "slow-reader" ? (this.pace.seconds * 1000) / (this.pace.answerKib * 1024) : 0;
        const begun = performance.now();
        let body = "";
        let bodyBytes = 0;
        try {
            // Chunk by chunk: what is not drawn yet stays with who sends it, but for what the sockets hold.
            for await (const chunk of response as AsyncIterable<Buffer>) {
                if (bodyBytes < keptBytes) body += chunk.toString();
                bodyBytes += chunk.length;
                // By the clock: a timer that is late, on a busy machine, makes up for it.
                const earlyMilliseconds = begun + bodyBytes * millisecondsPerByte - performance.now();
                if (earlyMilliseconds > 0) await sleep(earlyMilliseconds);
            }
        } catch {
            // How its connection broke does not matter any more.
            throw new Error("aborted");
        }
        return { body, bodyBytes };
    }
}
