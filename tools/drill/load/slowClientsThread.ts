/** The thread of slowClients.ts. */
import { parentPort } from "node:worker_threads";

import type { RunningAttack } from "./attack";
import { startPacedAttack } from "./pacedAttack";
import type { Order, Report } from "./slowClients";
import { attacksOf } from "./stream";

const running = new Map<number, RunningAttack>();
const report = (what: Report) => parentPort?.postMessage(what);

parentPort?.on("message", (order: Order) => {
    const { id } = order;
    if (order.kind === "start") start(order);
    else running.get(id)?.[order.kind]();
});

function start({ id, target, stream }: Extract<Order, { kind: "start" }>): void {
    const [attack] = attacksOf(stream);
    if (attack === undefined || stream.pace === undefined) {
        report({ kind: "ended", id, error: `stream ${stream.name} has no pace.` });
        return;
    }
    const started = startPacedAttack(target, attack, stream.pace, (result) => report({ kind: "result", id, result }));
    running.set(id, started);
    started.ended.then(
        () => report({ kind: "ended", id }),
        (error: unknown) =>
            report({ kind: "ended", id, error: error instanceof Error ? error.message : String(error) }),
    );
}
