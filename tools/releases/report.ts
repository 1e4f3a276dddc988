/** What came of it, as a table and sentences in Markdown, for the terminal too. Pure. */
import { absent, count, plural } from "../html/format";
import { cell, code, table } from "../drill/report/markdown";
import { boundOfNone, breachesOf, reasons, rules, type Reason, type Rule, type Verdict } from "./check";

const titles = { ours: "This project", usual: "The usual way" } as const;

/** Losses and what else must not be, in the order of the table. */
const rows: readonly { readonly title: string; readonly cellOf: (verdict: Verdict) => string }[] = [
    { title: "Releases", cellOf: ({ releases }) => count(releases) },
    { title: "Requests lost", cellOf: (verdict) => ofAll(verdict, verdict.requests, "request-lost") },
    { title: "Requests that arrived twice", cellOf: (verdict) => seen(verdict, "request-twice") },
    { title: "Jobs lost", cellOf: (verdict) => ofAll(verdict, verdict.jobs, "job-lost") },
    { title: "Jobs done twice", cellOf: (verdict) => seen(verdict, "job-twice") },
    { title: "Jobs begun again, and done once", cellOf: ({ jobsBegunAgain }) => count(jobsBegunAgain) },
    { title: "Pages before their migration", cellOf: (verdict) => seen(verdict, "page-early") },
    {
        title: "Jobs and runs begun before their migration",
        cellOf: (verdict) => seen(verdict, "job-early", "run-early"),
    },
    { title: "Runs of the schedule missed", cellOf: (verdict) => ofAll(verdict, verdict.runsDue, "run-missed") },
    { title: "Runs done twice", cellOf: (verdict) => seen(verdict, "run-twice") },
    { title: "Runs begun again, and done once", cellOf: ({ runsBegunAgain }) => count(runsBegunAgain) },
    {
        title: "Migrations begun again, or two at once",
        cellOf: (verdict) => seen(verdict, "migration-again", "migrations-together"),
    },
    { title: "Releases that did not come", cellOf: (verdict) => seen(verdict, "release-undone") },
    { title: "Failed releases that changed something", cellOf: (verdict) => seen(verdict, "failure-served") },
];

const seen = (verdict: Verdict, ...which: readonly Rule[]) => count(breachesOf(verdict, ...which).length);

const ofAll = (verdict: Verdict, all: number, rule: Rule) => `${seen(verdict, rule)} of ${count(all)}`;

/** Whether ours has broken no rule, and the usual way lost jobs for a reason that is known. */
export function isProven(ours: Verdict, usual: Verdict): boolean {
    return isKept(ours) && lostFor(usual).length > 0;
}

/** Nothing broken, and something there to break. */
const isKept = ({ breaches, requests, jobs }: Verdict) => breaches.length === 0 && requests > 0 && jobs > 0;

/** Jobs lost, by the reasons that are known. */
function lostFor(verdict: Verdict): readonly { readonly reason: Reason; readonly jobs: number }[] {
    return (Object.keys(reasons) as Reason[])
        .map((reason) => ({ reason, jobs: verdict.breaches.filter((each) => each.reason === reason).length }))
        .filter(({ jobs }) => jobs > 0);
}

/** Of each rule that is broken, how many are told of. */
const toldOfEach = 5;

export function markdown(ours: Verdict, usual: Verdict, command: string): string {
    const columns = ["", titles.ours, titles.usual];
    const cells = rows.map(({ title, cellOf }) => [title, cellOf(ours), cellOf(usual)]);
    return [
        verdictOf(ours, usual),
        table(columns, cells),
        ...lostFor(usual).map(
            ({ reason, jobs }) => `${titles.usual}: ${plural(jobs, "job")} lost, each because ${reasons[reason]}.\n`,
        ),
        ...broken(ours).map((line) => `${cell(line)}\n`),
        `(${code(command)}.)\n`,
    ].join("\n");
}

function verdictOf(ours: Verdict, usual: Verdict): string {
    const lost = (verdict: Verdict) =>
        `${seen(verdict, "request-lost")} of ${count(verdict.requests)} requests and ${seen(verdict, "job-lost")} of ${count(verdict.jobs)} jobs`;
    const sentences = [
        `In ${plural(ours.releases, "release")} this project lost ${lost(ours)}, the usual way ${lost(usual)}.`,
        ...(isKept(ours)
            ? [
                  `Every job was done ${ours.jobsBegunAgain === 0 ? "exactly once" : "at least once"}. With 95 % confidence the losses are ` +
                      `below 1 in ${count(boundOfNone(ours.requests))} requests and 1 in ${count(boundOfNone(ours.jobs))} jobs.`,
              ]
            : ["The promise is broken."]),
        ...(lostFor(usual).length > 0
            ? []
            : ["In doubt: the usual way lost no job for a reason that is known, so this was too soft."]),
    ];
    return `${sentences.join(" ")}\n`;
}

/** Each rule that is broken with the first of what broke it. */
function broken(verdict: Verdict): readonly string[] {
    return (Object.keys(rules) as Rule[]).flatMap((rule) => {
        const found = breachesOf(verdict, rule);
        if (found.length === 0) return [];
        const told = found.slice(0, toldOfEach).map(({ text }) => text);
        const more = found.length > toldOfEach ? ` (and ${found.length - toldOfEach} more)` : "";
        return [`${titles[verdict.variant]}: ${rules[rule]}: ${told.join("; ") || absent}${more}`];
    });
}
