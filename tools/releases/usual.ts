/**
 * The same shop the usual way: the recipe of the drill's write-up, the migration in the entrypoint of every pod, workers that hear of nothing
 * with the default grace period of 30 s and a queue from which a job is taken before it is done, a CronJob as it comes.
 */
import { run } from "../common/commands";
import type { Cleanup } from "../common/cleanup";
import type { Api } from "../common/kubernetes/api";
import { containerOf, paths, type Deployment, type PodSpec } from "../common/kubernetes/objects";
import { makeOwnNamespace } from "../common/kubernetes/ownNamespace";
import {
    allBaselines,
    baselineObjectName,
    baselineObjects,
    type BaselineObjects,
    type Ours,
} from "../drill/variants/baseline";
import type { Trouble } from "./history";
import { code, releaseEnvironment, resources, workerReplicas } from "./ours";
import { environmentOf } from "./services";

const namespace = "drill-usual";
const workerName = `${baselineObjectName}-worker`;
const scheduleName = `${baselineObjectName}-schedule`;
const settleSeconds = 60;
/** Of a release whose pods will not come. */
const failingSeconds = 15;

/** Of its pods, as `kubectl drain --pod-selector` takes them. */
export const usualNames = [baselineObjectName, workerName, scheduleName];

export class Usual {
    static readonly host = "usual.drill.test";

    private constructor(
        private readonly api: Api,
        private readonly objects: BaselineObjects,
        private readonly signal: AbortSignal,
    ) {}

    /** @param ours what it is made from, as deployed */
    static async deploy(api: Api, ours: Ours, cleanup: Cleanup, signal: AbortSignal): Promise<Usual> {
        await makeOwnNamespace(api, namespace, "drill", cleanup);
        // They would take their grace period, and whoever makes pods would make others in their place.
        cleanup.add(`end the pods of namespace ${namespace}`, async () => {
            const within = [`--namespace=${namespace}`, "--all"];
            await run("kubectl", ["delete", "cronjobs,deployments,replicasets,jobs", "--cascade=orphan", ...within]);
            await run("kubectl", ["delete", "pods", "--grace-period=1", "--wait=false", ...within]);
        });
        const recipe = allBaselines.find(({ name }) => name === "write-up");
        if (recipe === undefined) throw new Error("The drill has no baseline write-up.");
        const usual = new Usual(api, baselineObjects(recipe, ours, namespace, Usual.host), signal);
        await usual.apply();
        return usual;
    }

    /** Returns whether the pods that serve are replaced, which it does not wait for in vain. */
    async release(release: number, trouble: Trouble): Promise<boolean> {
        const env = envOf(release, trouble);
        const deployment = this.objects.deployment as Deployment;
        const { deployments } = paths;
        await this.api.apply(`${deployments(namespace)}/${baselineObjectName}`, withEntrypoint(deployment, env));
        const phpFpm = containerOf(deployment.spec.template.spec, "php-fpm");
        const { securityContext, volumes } = deployment.spec.template.spec;
        const podOf = (name: string, command: readonly string[], rest: object = {}) => ({
            metadata: { labels: labelsOf(name) },
            spec: {
                securityContext,
                volumes: volumes ?? [],
                containers: [
                    {
                        name: "php",
                        image: phpFpm.image,
                        command,
                        env,
                        resources,
                        securityContext: phpFpm["securityContext"],
                        volumeMounts: phpFpm["volumeMounts"],
                    },
                ],
                ...rest,
            },
        });
        await this.api.apply(`${deployments(namespace)}/${workerName}`, {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: workerName, namespace },
            spec: {
                replicas: workerReplicas,
                selector: { matchLabels: labelsOf(workerName) },
                template: podOf(workerName, code("worker", "pop")),
            },
        });
        await this.api.apply(`/apis/batch/v1/namespaces/${namespace}/cronjobs/${scheduleName}`, {
            apiVersion: "batch/v1",
            kind: "CronJob",
            metadata: { name: scheduleName, namespace },
            spec: {
                schedule: "* * * * *",
                jobTemplate: {
                    spec: { template: podOf(scheduleName, code("schedule"), { restartPolicy: "OnFailure" }) },
                },
            },
        });
        return await run(
            "kubectl",
            [
                "rollout",
                "status",
                `--namespace=${namespace}`,
                `deployment/${baselineObjectName}`,
                `--timeout=${trouble === "migration-fails" ? failingSeconds : settleSeconds}s`,
            ],
            { signal: this.signal },
        ).then(
            () => true,
            () => {
                this.signal.throwIfAborted();
                return false;
            },
        );
    }

    /** What stays the same in all releases. */
    private async apply(): Promise<void> {
        const { configMaps, service, autoscaler, routes } = this.objects;
        for (const configMap of configMaps) {
            await this.api.apply(`${paths.configMaps(namespace)}/${configMap.metadata.name}`, configMap);
        }
        await this.api.apply(`${paths.services(namespace)}/${baselineObjectName}`, service);
        await this.api.apply(`${paths.autoscalers(namespace)}/${baselineObjectName}`, autoscaler);
        for (const route of routes) {
            await this.api.apply(`${paths.ingresses(namespace)}/${baselineObjectName}`, route);
        }
    }
}

const labelsOf = (name: string) => ({ "app.kubernetes.io/name": name });

function envOf(release: number, trouble: Trouble): readonly object[] {
    const values = { ...environmentOf("usual"), ...releaseEnvironment(release, trouble) };
    const own = Object.entries(values).map(([name, value]) => ({ name, value }));
    return [{ name: "PHP_INI_SCAN_DIR", value: ":/etc/php-web-service" }, ...own];
}

/** The migration, and then php-fpm. */
export function withEntrypoint(deployment: Deployment, env: readonly object[]): object {
    const pod = deployment.spec.template.spec;
    const containers = pod.containers.map((container) =>
        container.name === "php-fpm"
            ? {
                  ...container,
                  env,
                  command: [
                      "sh",
                      "-ec",
                      `${code("migrate").join(" ")}; exec "$@"`,
                      "entrypoint",
                      ...commandOf(container),
                  ],
              }
            : container,
    );
    const spec: PodSpec = { ...pod, containers };
    return { ...deployment, spec: { ...deployment.spec, template: { ...deployment.spec.template, spec } } };
}

function commandOf(container: Readonly<Record<string, unknown>>): readonly string[] {
    return (container["command"] ?? ["php-fpm"]) as readonly string[];
}
