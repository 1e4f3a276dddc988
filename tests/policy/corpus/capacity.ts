/** How many pods are left: rollouts, drains of nodes, and the autoscalers. */
import { cpuMetric, list, replicas, service, type Fields, type Parts, type Subject } from "./build";

const strategy = (rollingUpdate: Fields | undefined, parts: Parts = {}) =>
    service({
        ...parts,
        workload: {
            ...parts.workload,
            spec: {
                ...(parts.workload?.["spec"] as Fields | undefined),
                strategy: rollingUpdate === undefined ? undefined : { rollingUpdate },
            },
        },
    });
const statefulSet = (count: number, updateStrategy?: Fields, parts: Parts = {}) =>
    service({
        ...parts,
        autoscaler: null,
        workload: { kind: "StatefulSet", spec: { replicas: count, strategy: undefined, updateStrategy } },
    });
const daemonSet = (updateStrategy?: Fields) =>
    service({ autoscaler: null, workload: { kind: "DaemonSet", spec: { strategy: undefined, updateStrategy } } });
const rollout = (argoStrategy: Fields, parts: Parts = {}, count?: number) =>
    service({
        ...parts,
        workload: {
            apiVersion: "argoproj.io/v1alpha1",
            kind: "Rollout",
            spec: { replicas: count, strategy: { rollingUpdate: undefined, ...argoStrategy } },
        },
    });
/** The service's pod without a controller. */
const bare = (spec: Fields = {}, name = "shop") =>
    service({ autoscaler: null, budget: null }).map((object) =>
        object.kind === "Deployment"
            ? {
                  apiVersion: "v1",
                  kind: "Pod",
                  metadata: { name, namespace: "web", labels: { "app.kubernetes.io/name": "shop" } },
                  spec: { ...(object["spec"] as { template: { spec: Fields } }).template.spec, ...spec },
              }
            : object,
    );
const budget = (spec: Fields, parts: Parts = {}) =>
    service({ ...parts, budget: { spec: { maxUnavailable: undefined, ...spec } } });
const bounds = (minReplicas: number, maxReplicas: number): Parts => ({
    autoscaler: { spec: { minReplicas, maxReplicas } },
});

export const rollouts: Subject = {
    rules: ["rollouts-keep-capacity"],
    bad: {
        Recreate: service({ workload: { spec: { strategy: { type: "Recreate", rollingUpdate: undefined } } } }),
        "Kubernetes' default for up to 24 pods": strategy(undefined),
        "25 % of 4 pods": strategy({ maxUnavailable: "25%" }, replicas(4)),
        "one pod": strategy({ maxUnavailable: 1 }),
        "one of two pods": strategy({ maxUnavailable: 1 }, replicas(2)),
        "all at once": strategy({ maxUnavailable: "100%" }),
        "25 % of 3 without surge, which is one": strategy({ maxUnavailable: "25%", maxSurge: 0 }, replicas(3)),
        "30 % of a Rollout": rollout({ canary: { maxUnavailable: "30%", steps: [{ setWeight: 25 }] } }),
        "half of a parallel StatefulSet": statefulSet(6, { rollingUpdate: { maxUnavailable: 3 } }),
        "a Pod of its own": bare(),
        "a StatefulSet of one pod": statefulSet(1),
        "a StatefulSet that ends all": statefulSet(4, { rollingUpdate: { maxUnavailable: "100%" } }),
        "a DaemonSet by default": daemonSet(),
        "half of a DaemonSet": daemonSet({ rollingUpdate: { maxUnavailable: "50%" } }),
        "a Rollout by Argo's default": rollout({ canary: { steps: [{ setWeight: 20 }] } }),
        "a Rollout that may lose one": rollout({ canary: { maxUnavailable: 1, maxSurge: 0 } }),
        "Recreate in a List": list(
            service({ workload: { spec: { strategy: { type: "Recreate", rollingUpdate: undefined } } } }),
        ),
    },
    good: {
        "0 %": strategy({ maxUnavailable: "0%", maxSurge: 1 }),
        "25 % of 3": strategy({ maxUnavailable: "25%" }, replicas(3)),
        "Kubernetes' default for 2": strategy(undefined, replicas(2)),
        "Kubernetes' default for one": strategy(undefined, { ...replicas(undefined), budget: null }),
        "Kubernetes' default for up to 3": strategy(undefined, bounds(2, 3)),
        "10 % of up to 9": strategy({ maxUnavailable: "10%" }, bounds(3, 9)),
        "a StatefulSet of three, one by one": statefulSet(3),
        "a StatefulSet by hand": statefulSet(3, { type: "OnDelete" }),
        "a DaemonSet that surges": daemonSet({ rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }),
        "a Rollout, blue and green": rollout({ blueGreen: { activeService: "shop", scaleDownDelaySeconds: 60 } }),
        "a chart's test with the chart's labels": [
            ...service(),
            ...bare({ restartPolicy: "Never" }, "wget").slice(0, 1),
        ],
        "a Rollout with routed traffic": rollout({
            canary: { canaryService: "shop-canary", stableService: "shop", trafficRouting: { nginx: {} } },
        }),
        "a careful Rollout": rollout({ canary: { maxUnavailable: 0, maxSurge: 1 } }),
        "a worker that is recreated": service({
            name: "worker",
            route: null,
            service: null,
            workload: { spec: { strategy: { type: "Recreate", rollingUpdate: undefined } } },
        }),
    },
};

export const budgets: Subject = {
    rules: ["disruption-budget-present"],
    bad: {
        none: service({ budget: null }),
        "none for a StatefulSet": statefulSet(3, undefined, { budget: null }),
        "none for a Rollout": rollout({ blueGreen: { activeService: "shop" } }, { budget: null }),
        "in another namespace": service({ budget: { metadata: { namespace: "ops" } } }),
        "for other pods": budget({
            maxUnavailable: 1,
            selector: { matchLabels: { "app.kubernetes.io/name": "blog" } },
        }),
        "that keeps none": budget({ minAvailable: 0 }),
        "that keeps 0 %": budget({ minAvailable: "0%" }),
        "that lets 100 % go": budget({ maxUnavailable: "100%" }),
        "that lets 3 of 3 go": budget({ maxUnavailable: 3 }, replicas(3)),
        "that lets 3 of the fewest 3 go": budget({ maxUnavailable: 3 }),
        "that lets 67 % of 2 go": budget({ maxUnavailable: "67%" }, replicas(2)),
        "that keeps a StatefulSet's none": statefulSet(3, undefined, {
            budget: { spec: { maxUnavailable: undefined, minAvailable: 0 } },
        }),
        "that lets none go": budget({ maxUnavailable: 0 }),
        "that keeps all": budget({ minAvailable: "100%" }),
        "two of them": service({
            more: service({ budget: { metadata: { name: "again" } } }).filter(
                ({ kind }) => kind === "PodDisruptionBudget",
            ),
        }),
    },
    good: {
        "one of many": budget({ maxUnavailable: 1 }),
        "25 %": budget({ maxUnavailable: "25%" }),
        "keeps two of three": budget({ minAvailable: 2 }),
        "keeps half": budget({ minAvailable: "50%" }),
        "by expression": budget({
            maxUnavailable: 1,
            selector: {
                matchLabels: undefined,
                matchExpressions: [{ key: "app.kubernetes.io/name", operator: "In", values: ["shop"] }],
            },
        }),
        "one of one": budget({ maxUnavailable: 1 }, { ...replicas(1) }),
        "none for a single pod": service({ ...replicas(1), budget: null }),
        "none for what nobody asks": service({ route: null, budget: null }),
    },
};

const paused = (replicas: string) => ({
    ...scaledObject(),
    metadata: { name: "shop", namespace: "web", annotations: { "autoscaling.keda.sh/paused-replicas": replicas } },
});
const again = (changes: Fields = {}) =>
    service({ autoscaler: { metadata: { name: "again" }, ...changes } }).filter(
        ({ kind }) => kind === "HorizontalPodAutoscaler",
    );
const scaledObject = (spec: Fields = {}) => ({
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name: "shop", namespace: "web" },
    spec: {
        scaleTargetRef: { name: "shop" },
        minReplicaCount: 3,
        maxReplicaCount: 12,
        triggers: [
            {
                type: "cron",
                metadata: { timezone: "UTC", start: "0 8 * * *", end: "0 18 * * *", desiredReplicas: "9" },
            },
        ],
        ...spec,
    },
});

export const autoscalers: Subject = {
    rules: ["autoscaler-owns-replicas", "autoscaler-targets-have-requests", "never-scaled-to-zero"],
    bad: {
        "two of Kubernetes'": service({ more: again() }),
        "Kubernetes' and KEDA's": service({ more: [scaledObject()] }),
        "two of KEDA's": service({
            autoscaler: null,
            more: [scaledObject(), { ...scaledObject(), metadata: { name: "again", namespace: "web" } }],
        }),
        "beside replicas": service({ workload: { spec: { replicas: 3 } } }),
        "beside a Rollout's replicas": rollout({ blueGreen: { activeService: "shop" } }, {}, 5),
        "without nginx' request": service({ front: { resources: undefined } }),
        "without php-fpm's request": service({ fpm: { resources: { requests: { cpu: undefined } } } }),
        "of a container that is not there": service({
            autoscaler: {
                spec: {
                    metrics: [
                        {
                            type: "ContainerResource",
                            containerResource: {
                                name: "cpu",
                                container: "php",
                                target: { type: "Utilization", averageUtilization: 60 },
                            },
                        },
                    ],
                },
            },
        }),
        "version 1, without requests": service({
            front: { resources: undefined },
            autoscaler: {
                apiVersion: "autoscaling/v1",
                spec: { metrics: undefined, targetCPUUtilizationPercentage: 70 },
            },
        }),
        "KEDA's CPU trigger without requests": service({
            autoscaler: null,
            front: { resources: undefined },
            more: [scaledObject({ triggers: [{ type: "cpu", metricType: "Utilization", metadata: { value: "60" } }] })],
        }),
        "KEDA's to zero, by its default": service({
            autoscaler: null,
            more: [scaledObject({ minReplicaCount: undefined })],
        }),
        "KEDA's that idles at zero": service({ autoscaler: null, more: [scaledObject({ idleReplicaCount: 0 })] }),
        "KEDA's that is paused at zero": service({ autoscaler: null, more: [paused("0")] }),
        "of a name that nothing has": service({ autoscaler: { spec: { scaleTargetRef: { name: "shop-web" } } } }),
        "of another kind": service({ autoscaler: { spec: { scaleTargetRef: { kind: "StatefulSet" } } } }),
        "of an API that is gone": service({
            autoscaler: { spec: { scaleTargetRef: { apiVersion: "extensions/v1beta1" } } },
        }),
        "of no API, which means the core's": service({
            autoscaler: { spec: { scaleTargetRef: { apiVersion: undefined } } },
        }),
        "in another namespace": service({ autoscaler: { metadata: { namespace: "default" } } }),
        "that never scales out": service({
            autoscaler: { spec: { behavior: { scaleUp: { selectPolicy: "Disabled" } } } },
        }),
        "KEDA's to zero": service({ autoscaler: null, more: [scaledObject({ minReplicaCount: 0 })] }),
        "Kubernetes' to zero": service({ autoscaler: { spec: { minReplicas: 0 } } }),
    },
    good: {
        "KEDA's": service({ autoscaler: null, more: [scaledObject()] }),
        "KEDA's that idles at one": service({ autoscaler: null, more: [scaledObject({ idleReplicaCount: 1 })] }),
        "KEDA's that is paused at three": service({ autoscaler: null, more: [paused("3")] }),
        "for a workload elsewhere": [
            ...service(),
            ...again({ metadata: { name: "blog" }, spec: { scaleTargetRef: { name: "blog" } } }),
        ],
        "for a workload of that name elsewhere": [...service(), ...again({ metadata: { namespace: "staging" } })],
        "that never scales in": service({
            autoscaler: { spec: { behavior: { scaleDown: { selectPolicy: "Disabled" } } } },
        }),
        "in absolute numbers, without requests": service({
            front: { resources: undefined },
            autoscaler: {
                spec: {
                    metrics: [
                        {
                            type: "Resource",
                            resource: { name: "cpu", target: { type: "AverageValue", averageValue: "500m" } },
                        },
                    ],
                },
            },
        }),
        "limits only": service({ front: { resources: { limits: { cpu: "1" }, requests: undefined } } }),
        "of a Rollout": rollout({ canary: { maxUnavailable: 0 } }),
        "of a StatefulSet": service({
            workload: { kind: "StatefulSet", spec: { strategy: undefined } },
            autoscaler: { spec: { metrics: [cpuMetric] } },
        }),
        "one each": [...service(), ...service({ name: "blog" })],
        "a worker's to zero": service({
            name: "shop",
            route: null,
            service: null,
            budget: null,
            autoscaler: null,
            more: [scaledObject({ minReplicaCount: 0 })],
        }),
    },
};
