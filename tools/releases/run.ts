/** A whole run: both shops in the cluster, releases of both under load, and the history of it. */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { Cleanup } from "../common/cleanup";
import { Api } from "../common/kubernetes/api";
import type { Pod } from "../common/kubernetes/objects";
import { startProxy } from "../common/kubernetes/proxy";
import { told, until } from "../common/until";
import { kubectlOf, type Kubectl } from "../drill/cluster/kubectl";
import { giveBackLeftovers, giveNodeBack, takeNode } from "../drill/cluster/takenAway";
import { PulumiStack } from "../drill/variants/pulumiStack";
import { nodeNetworks } from "../lab/cluster/network";
import { importImages } from "../lab/cluster/nodeImages";
import { ensureImages } from "../lab/images";
import type { ImageRecipe } from "../lab/images/recipes";
import { TerminalProgress } from "../lab/progress";
import type { Arguments } from "./arguments";
import { variantNames, type HistoryEvent, type RequestEvent, type Trouble, type VariantName } from "./history";
import { postgresql, shop, valkey } from "./images/recipes";
import { Load, longestJobMilliseconds, untilServed, type Target } from "./load";
import { Ours, type Released } from "./ours";
import { planOf } from "./plan";
import { DataServices } from "./services";
import { Usual, usualNames } from "./usual";

/** Where Debian has containerd's own client. */
const ctr = "/usr/bin/ctr";
/** After the last release: its workers' jobs, and what waits in the queues. */
const lastJobsSeconds = 90;
/** Within which a run of the schedule that is due has begun and ended. */
const runSeconds = 20;
/** For what is under way of a release before the next one. */
const pauseSeconds = 2;

export interface Scene {
    /** Everything that this adds is to be undone by the caller, whether or not it succeeds. */
    readonly cleanup: Cleanup;
    readonly say: (line: string) => void;
    readonly signal: AbortSignal;
}

const troubles: Readonly<Record<Trouble, string>> = {
    none: "",
    "migration-fails": ", whose migration fails",
    killed: ", whose pulumi up is killed in the migration",
    "node-drained": ", while a node is drained on which a job is done",
};

/** @throws where it cannot be done; the signal's reason */
export async function drillReleases(
    args: Arguments,
    { cleanup, say, signal }: Scene,
): Promise<readonly HistoryEvent[]> {
    const folder = resolve(args.outFolder);
    mkdirSync(folder, { recursive: true });
    const images = await broughtImages(signal);
    const proxy = await startProxy(undefined);
    cleanup.add("stop kubectl proxy", () => {
        proxy.stop();
        return Promise.resolve();
    });
    const api = new Api(proxy.url);
    await giveBackLeftovers(api, say);
    const data = await told(DataServices.start(api, images, cleanup, signal), () => "PostgreSQL and Valkey", say);
    const stack = new PulumiStack({
        stack: args.stack,
        stackFile: resolve(args.stackFile),
        context: undefined,
        folder,
        signal,
        isLab: true,
    });
    cleanup.add("bring the stack back to its file", () => stack.restore());
    say("The shop's first release: ours by pulumi up, and the usual way beside it.");
    const ours = await told(Ours.deploy(api, stack, images.shop), () => "pulumi up", say);
    const { variant, objects } = await ours.deployed();
    const usual = await Usual.deploy(api, objects, cleanup, signal);
    await told(usual.release(0, "none"), () => "the usual way's pods", say);

    const events: HistoryEvent[] = [];
    const requests: RequestEvent[] = [];
    const targets: readonly Target[] = [
        { variant: "ours", host: variant.host },
        { variant: "usual", host: Usual.host },
    ];
    for (const target of targets) await untilServed(args.url, target, signal);
    const load = new Load({
        url: args.url,
        targets,
        requestsPerSecond: args.rate,
        onRequest: (event) => requests.push(event),
    });
    // The schedules' first full minute.
    const fromMinute = Math.floor(Date.now() / 60_000) + 1;
    cleanup.add("stop the load", () => load.stop());
    const kubectl = kubectlOf(undefined, signal);
    const releases = planOf(args.releases);
    for (const [i, trouble] of releases.entries()) {
        const release = i + 1;
        signal.throwIfAborted();
        const begun = performance.now();
        const seconds = () => (performance.now() - begun) / 1000;
        const drain =
            trouble === "node-drained" ? await beginDrain({ api, kubectl, data, cleanup, signal }) : undefined;
        const record = (name: VariantName, released: Released) => {
            events.push({ kind: "release", variant: name, release, trouble, ...released, seconds: seconds() });
            return released;
        };
        const failed = (error: unknown): Released => {
            signal.throwIfAborted();
            say(error instanceof Error ? error.message : String(error));
            return { isDone: false, isUnchanged: null };
        };
        const [done] = await Promise.all([
            told(ours.release(release, trouble).catch(failed), () => `release ${release} by pulumi up`, say).then(
                (released) => record("ours", released),
            ),
            usual.release(release, trouble).then((isDone) => record("usual", { isDone, isUnchanged: null })),
            drain?.ended,
        ]);
        say(
            `Release ${release} of ${releases.length}${troubles[trouble]}: ${done.isDone ? "done" : "not rolled out"} ` +
                `after ${Math.round(seconds())} s. ${lostSoFar(requests)}`,
        );
        await sleep(pauseSeconds * 1000, undefined, { signal });
    }
    say("The last requests, jobs and runs may end.");
    await load.stop();
    await told(untilQueuesAreEmpty(data, signal), () => "the last jobs", say);
    const toMinute = Math.floor((Date.now() / 1000 - runSeconds) / 60);
    const scheduled = variantNames.map((name) => ({ kind: "scheduled", variant: name, fromMinute, toMinute }) as const);
    const books = await Promise.all(variantNames.map((name) => data.history(name)));
    return [...requests, ...books.flat(), ...scheduled, ...events];
}

/** On the nodes, by what pods name them. */
async function broughtImages(signal: AbortSignal): Promise<Readonly<Record<"shop" | "postgresql" | "valkey", string>>> {
    const bring = async (recipe: ImageRecipe) => {
        const images = await ensureImages({}, new TerminalProgress(), signal, [recipe]);
        for (const { name } of nodeNetworks) await importImages(ctr, name, images, signal);
        const [image] = images;
        if (image === undefined) throw new Error(`${recipe.name} has no image.`);
        return image.reference;
    };
    return { shop: await bring(shop), postgresql: await bring(postgresql), valkey: await bring(valkey) };
}

interface DrainScene {
    readonly api: Api;
    readonly kubectl: Kubectl;
    readonly data: DataServices;
    readonly cleanup: Cleanup;
    readonly signal: AbortSignal;
}

/** Cordons the node on which a worker of ours is in the middle of a long job, and begins to drain it of both variants. */
async function beginDrain({
    api,
    kubectl,
    data,
    cleanup,
    signal,
}: DrainScene): Promise<{ readonly ended: Promise<void> }> {
    const busy = `SELECT pod FROM jobs WHERE ended IS NULL AND milliseconds = ${longestJobMilliseconds}
        AND begun > clock_timestamp() - interval '2 s' LIMIT 1`;
    const pending = () => "a worker to be in the middle of a job";
    const name = await until(async () => (await data.sql("ours", busy)) || undefined, { seconds: 60, pending, signal });
    const { items } = await api.get<{ readonly items: readonly Pod[] }>(
        `/api/v1/pods?fieldSelector=metadata.name=${name}`,
    );
    const node = items[0]?.spec.nodeName;
    if (node === undefined) throw new Error(`Pod ${name} of a worker is on no node.`);
    const uncordon = cleanup.add(`uncordon node ${node}`, () => giveNodeBack(api, node));
    await takeNode(api, node);
    const drained = kubectl(
        ...["drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=300s"],
        `--pod-selector=app.kubernetes.io/name in (web,${usualNames.join(",")})`,
    );
    const ended = drained.then(() => undefined).finally(uncordon);
    // It is awaited after what is done meanwhile, which may fail first.
    ended.catch(() => undefined);
    return { ended };
}

async function untilQueuesAreEmpty(data: DataServices, signal: AbortSignal): Promise<void> {
    let waiting = 0;
    await until(
        async () => {
            const lengths = await Promise.all(variantNames.map((name) => data.waitingJobs(name)));
            waiting = lengths.reduce((a, b) => a + b, 0);
            return waiting === 0;
        },
        { seconds: lastJobsSeconds, pollMilliseconds: 500, pending: () => `${waiting} jobs`, signal },
    ).catch((error: unknown) => {
        // What is left is the checker's matter.
        signal.throwIfAborted();
        return error;
    });
}

function lostSoFar(requests: readonly RequestEvent[]): string {
    const of = (name: VariantName) => {
        const own = requests.filter(({ variant }) => variant === name);
        return `${own.filter(({ isRight }) => !isRight).length} of ${own.length} ${name === "ours" ? "of ours" : "the usual way"}`;
    };
    return `Requests lost so far: ${variantNames.map(of).join(", ")}.`;
}
