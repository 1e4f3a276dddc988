/** The shop as the stack brings it: web.release.command, web.workers and web.schedules, changed by `pulumi up`. */
import type { Api } from "../common/kubernetes/api";
import { paths, type Deployment, type KubernetesObject, type Pod } from "../common/kubernetes/objects";
import { deployedStack, type DeployedStack } from "../drill/variants/ours";
import type { PulumiStack } from "../drill/variants/pulumiStack";
import type { Trouble } from "./history";
import { longestJobMilliseconds } from "./load";
import { environmentOf } from "./services";

/** Of the migrations; the one in whose middle `pulumi up` is killed takes the longer. */
export const migrationMilliseconds = { usual: 1500, killed: 6000 } as const;
export const workerReplicas = 3;
export const resources = { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "64Mi" } };
export const code = (script: string, ...args: readonly string[]) => ["php", `/srv/shop/${script}.php`, ...args];

/** Of a release, for its code. */
export function releaseEnvironment(release: number, trouble: Trouble): Readonly<Record<string, string>> {
    return {
        RELEASE: String(release),
        MIGRATION: trouble === "migration-fails" ? "fails" : "",
        MIGRATION_MS: String(trouble === "killed" ? migrationMilliseconds.killed : migrationMilliseconds.usual),
    };
}

export interface Released {
    readonly isDone: boolean;
    /** null where it was not looked at. */
    readonly isUnchanged: boolean | null;
}

export class Ours {
    private constructor(
        private readonly api: Api,
        private readonly stack: PulumiStack,
        readonly namespace: string,
    ) {}

    /** The shop in place of what the stack serves, by its first release. */
    static async deploy(api: Api, stack: PulumiStack, image: string): Promise<Ours> {
        const { namespace } = await stack.outputs();
        stack.set("web", ["app"], { source: "phpFpmImage", documentRoot: "/srv/shop/public", healthPath: "/healthz" });
        stack.set("web", ["phpFpm", "image"], image);
        stack.set("web", ["autoscaling", "maxReplicas"], 3);
        stack.set("web", ["rollout"], { minReadySeconds: 1 });
        stack.set("web", ["release"], { command: code("migrate"), longestSeconds: 30 });
        stack.set("web", ["workers"], {
            orders: {
                command: code("worker", "reserve"),
                longestJobSeconds: longestJobMilliseconds / 1000 + 2,
                replicas: workerReplicas,
                resources,
            },
        });
        stack.set("web", ["schedules"], { minutely: { schedule: "* * * * *", command: code("schedule"), resources } });
        const ours = new Ours(api, stack, namespace);
        ours.set(0, "none");
        await stack.up();
        return ours;
    }

    /** As it is deployed now. */
    deployed(): Promise<DeployedStack> {
        return deployedStack(this.api, this.stack, () => false);
    }

    async release(release: number, trouble: Trouble): Promise<Released> {
        this.set(release, trouble);
        if (trouble === "migration-fails") {
            const before = await this.whatRuns();
            const isDone = await this.stack.up().then(
                () => true,
                () => false,
            );
            return { isDone, isUnchanged: before === (await this.whatRuns()) };
        }
        if (trouble === "killed") await this.upKilledInMigration();
        else await this.stack.up();
        return { isDone: true, isUnchanged: null };
    }

    private set(release: number, trouble: Trouble): void {
        this.stack.set("web", ["phpFpm", "env"], { ...environmentOf("ours"), ...releaseEnvironment(release, trouble) });
    }

    private async upKilledInMigration(): Promise<void> {
        const over = new AbortController();
        let isMigrating = false;
        this.api.watch<Pod>(
            `${paths.pods(this.namespace)}?labelSelector=app.kubernetes.io/component=release`,
            ({ status }, isDeleted) => {
                isMigrating ||= !isDeleted && status.phase === "Running";
            },
            over.signal,
        );
        try {
            await this.stack.upKilledHalfWay(() => isMigrating);
        } finally {
            over.abort();
        }
    }

    /** What serves, works and is scheduled, to be compared. */
    private async whatRuns(): Promise<string> {
        const templates = await Promise.all([
            this.api.list<Deployment>(paths.deployments(this.namespace)),
            this.api.list<CronJob>(`/apis/batch/v1/namespaces/${this.namespace}/cronjobs`),
        ]);
        return JSON.stringify(
            templates.flat().map(({ metadata: { name }, spec }) => [name, specWithoutReplicas(spec)]),
        );
    }
}

interface CronJob extends KubernetesObject {
    readonly spec: Readonly<Record<string, unknown>>;
}

/** The autoscaler's matter. */
function specWithoutReplicas({ replicas: _, ...rest }: Readonly<Record<string, unknown>>): unknown {
    return rest;
}
