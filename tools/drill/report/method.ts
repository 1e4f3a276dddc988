/** How it was measured, so that somebody else can do it again. */
import { format, markup, type Embeddable, type Markup } from "../../html";
import type { Report } from "../model";

export function method(report: Report): Markup {
    const { controller, load, machine } = report;
    const facts: readonly (readonly [string, Embeddable])[] = [
        ["Command", markup`<code>${report.command}</code>`],
        ["Begun", dateOf(report.startedAt)],
        ["Took", format.clock(report.seconds)],
        ["Load", describeLoad(load)],
        [
            "Lost is",
            `what got no answer, a wrong one, an error of the server, or (short requests) one after more than ${format.seconds(load.deadlineSeconds)}. The client never asks twice.`,
        ],
        ["Machine", describeMachine(machine)],
        ...(controller.cpuSeconds === undefined
            ? []
            : [
                  [
                      "Controller's CPU",
                      `${format.seconds(controller.cpuSeconds)}, ${format.seconds(controller.cpuSecondsPerThousandRequests)} for each 1,000 requests of whatever kind and variant`,
                  ] as const,
              ]),
    ];
    return markup`<dl class="facts">${facts.map(([name, fact]) => markup`<dt>${name}</dt><dd>${fact}</dd>`)}</dl>`;
}

function describeLoad(load: Report["load"]): string {
    const { decimal, percent, seconds } = format;
    const short =
        `${decimal(load.requestsPerSecond)} requests/s${load.page === undefined ? "" : ` to ${load.page}`} ` +
        `(${percent(load.postShare)} POSTs, ${percent(load.newConnectionShare)} on a connection of their own)`;
    const long = `${decimal(load.longRequestsPerSecond)} a second that takes ${seconds(load.longSeconds)}`;
    const slow =
        `${decimal(load.slowRequestsPerSecond)} a second of each kind of slow client: readers that draw ` +
        `${format.count(load.readerKib)} KiB in ${seconds(load.readerSeconds)}, writers that send for ` +
        `${seconds(load.writerSeconds)}, connections that are idle for ${seconds(load.idleSeconds)} between two requests`;
    const step = `${decimal(load.stepRequestsPerSecond)} more${load.page === undefined ? " with some CPU each" : ""}`;
    return [
        short,
        ...(load.longRequestsPerSecond > 0 ? [long] : []),
        ...(load.slowRequestsPerSecond > 0 ? [slow] : []),
        `in scale-out ${step}`,
        "the same for every variant",
    ].join("; ");
}

function describeMachine(machine: Report["machine"]): string {
    return (
        `Kubernetes ${machine.kubernetesVersion} on ${format.plural(machine.nodes, "node")}, ${format.plural(machine.cores, "core")}; ` +
        machine.software.join(", ") +
        (machine.isLab
            ? ". The cluster runs on the machine that also makes the load: compare latencies between variants, not with elsewhere."
            : "")
    );
}

/** "2026-11-24 11:36 UTC"; as given where it is no date. */
export function dateOf(startedAt: string): string {
    const date = new Date(startedAt);
    return Number.isNaN(date.getTime()) ? startedAt : `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
