/** Events that change the number of pods. */
import { eachVariant, nothing, type DrillEvent } from "./event";

/** Metrics are up to 30 s old, the HPA looks every 15 s and doubles at most, and pods have to start. */
const scaleOutSeconds = 240;

/** On top: the autoscaler's stabilization window, 300 s where nobody has set another, and the drain. */
const scaleInSeconds = 600;

export const scaleOut: DrillEvent = {
    name: "scale-out",
    title: "The HPA scales out, from min to max, under a step in load",
    mayLose: nothing,
    run: async ({ beginStep, until, variants, observer, pause }) => {
        beginStep();
        await until(scaleOutSeconds, "the autoscalers to reach max", () =>
            variants.every((variant) => {
                const { ready } = observer.of(variant).state;
                return ready >= variant.bounds.maxReplicas;
            }),
        );
        await pause(10);
    },
    doubt: ({ after }) =>
        after.desired === after.maxReplicas
            ? undefined
            : `it went to ${after.desired} of ${after.maxReplicas} replicas`,
};

export const scaleIn: DrillEvent = {
    name: "scale-in",
    title: "The load is gone, the HPA scales in",
    mayLose: nothing,
    run: async ({ endStep, until, variants, observer }) => {
        endStep();
        await until(scaleInSeconds, "the autoscalers to reach min", () =>
            variants.every((variant) => {
                const { pods } = observer.of(variant).state;
                return pods.length <= variant.bounds.minReplicas;
            }),
        );
    },
    doubt: ({ after, endedPods }) =>
        after.desired === after.minReplicas && endedPods > 0 ? undefined : `${endedPods} pods ended`,
};

export const changedBounds: DrillEvent = {
    name: "bounds",
    title: "Replica bounds are raised and lowered by pulumi up",
    mayLose: nothing,
    run: async (scene) => {
        const raised = ({ bounds: { minReplicas, maxReplicas } }: (typeof scene.variants)[number]) => ({
            minReplicas: Math.min(minReplicas + 2, maxReplicas),
            maxReplicas,
        });
        await eachVariant(scene, (variant) => variant.changeBounds(raised(variant)));
        await scene.until(60, "the autoscalers to follow their raised bounds", () =>
            scene.variants.every((variant) => scene.observer.of(variant).state.ready >= raised(variant).minReplicas),
        );
        await eachVariant(scene, (variant) => variant.changeBounds(variant.bounds));
        await scene.until(scaleInSeconds, "the autoscalers to follow their lowered bounds", () =>
            scene.variants.every(
                (variant) => scene.observer.of(variant).state.pods.length <= variant.bounds.minReplicas,
            ),
        );
    },
    doubt: ({ mostReplicas, before, endedPods }) =>
        mostReplicas > before.desired && endedPods > 0 ? undefined : `${endedPods} pods ended`,
};
