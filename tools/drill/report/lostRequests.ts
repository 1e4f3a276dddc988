/** The lost requests of one variant: one by one where they are few, by mechanism where they are many. */
import { folded, format, markup, nothing, table, type Markup } from "../../html";
import type { LostRequest, VariantResult } from "../model";
import { grouped } from "./grouped";

/** More than a screen of them are read by mechanism first. */
const mostAtAGlance = 12;

/** A report that lost everything is still one that opens; report.json has them all. */
const mostListed = 300;

export function lostRequests(variant: VariantResult): Markup {
    const all = variant.lostRequests;
    const title = markup`<h3>${variant.title}</h3>`;
    if (all.length === 0) return markup`${title}<p>None.</p>`;
    if (all.length <= mostAtAGlance)
        return markup`${title}${list(variant, all, `${variant.title}: every lost request`)}`;
    const listed = all.slice(0, mostListed);
    const rest =
        all.length > listed.length
            ? markup`<p>The other ${format.count(all.length - listed.length)} are in report.json.</p>`
            : nothing;
    const summary = `${all.length > listed.length ? "The first " : "All "}${format.count(listed.length)}, one by one`;
    return markup`${title}${byMechanism(variant)}${folded(summary, markup`${list(variant, listed, summary)}${rest}`)}`;
}

function byMechanism(variant: VariantResult): Markup {
    const groups = [...grouped(variant.lostRequests, ({ mechanism }) => mechanism)].sort(
        ([, a], [, b]) => b.length - a.length,
    );
    const titleOf = eventTitles(variant);
    const rows = groups.map(([mechanism, requests]) => [
        mechanism === "" ? "unknown" : mechanism,
        { content: format.count(requests.length), tone: "bad" as const },
        format.count(requests.filter(({ isLong }) => isLong).length),
        distinct(requests.map(({ error }) => error)),
        distinct(requests.flatMap(({ events }) => events.map(titleOf))),
        span(requests),
    ]);
    return table({
        caption: `${variant.title}: ${format.count(variant.lostRequests.length)} lost requests by mechanism`,
        columns: [
            { title: "Mechanism" },
            { title: "Lost", align: "right" },
            { title: "of them long", align: "right" },
            { title: "What the client saw" },
            { title: "During" },
            { title: "From – until", align: "right" },
        ],
        rows,
    });
}

/** The most frequent first, with their counts where there are several. */
function distinct(texts: readonly string[]): string {
    const counts = [...grouped(texts, (text) => text)].sort(([, a], [, b]) => b.length - a.length);
    return counts.length === 1
        ? (counts[0]?.[0] ?? "")
        : counts.map(([text, same]) => `${text} (${format.count(same.length)})`).join(", ");
}

function span(requests: readonly LostRequest[]): string {
    const times = requests.map(({ sentAtSeconds }) => sentAtSeconds);
    const [first, last] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))];
    return [...new Set([format.clock(first), format.clock(last)])].join(" – ");
}

function eventTitles(variant: VariantResult): (name: string) => string {
    const titles = new Map(variant.events.map(({ name, title }) => [name, title]));
    return (name) => titles.get(name) ?? (name === "steady" ? "no event" : name);
}

function list(variant: VariantResult, requests: readonly LostRequest[], caption: string): Markup {
    const titleOf = eventTitles(variant);
    const rows = requests.map((request) => [
        { content: format.clock(request.sentAtSeconds), note: `took ${format.seconds(request.tookSeconds)}` },
        { content: request.error, note: request.isLong ? "long request" : (request.pace?.replace("-", " ") ?? "") },
        request.mechanism,
        request.events.map(titleOf).join(", "),
        request.pods.length === 0 ? "unknown" : markup`${request.pods.map((pod) => markup`<code>${pod}</code> `)}`,
        markup`<code>${request.id}</code>`,
    ]);
    return table({
        caption,
        columns: [
            { title: "Sent" },
            { title: "Error" },
            { title: "Mechanism" },
            { title: "During" },
            { title: "Sent to" },
            { title: "Request" },
        ],
        rows,
    });
}
