/** From the inputs of an IngressController to those of its Helm Release, as the official component does it. */
import { isObject, isOutput, isSecret, isUnknown, someValue, type Properties, type Value } from "../rpc/values";
import { controllerValues } from "./controllerValues";

const defaultChart = "ingress-nginx";
const defaultRepository = "https://kubernetes.github.io/ingress-nginx";

/** Inputs of helm.v3.Release. Throws where the official component would refuse the inputs, or lose some of them. */
export function releaseInputs(inputs: Properties): Properties {
    const { helmOptions, ...values } = inputs;
    const { controller } = values;
    if (controller !== undefined) checkController(controller);
    const options = isObject(helmOptions) ? helmOptions : {};
    const { repositoryOpts, values: furtherValues } = options;
    return {
        chart: defaultChart,
        ...options,
        repositoryOpts: { repo: defaultRepository, ...(isObject(repositoryOpts) ? repositoryOpts : {}) },
        // The component's own inputs win, each as a whole: helmOptions.values.controller is lost beside `controller`.
        values: { ...(isObject(furtherValues) ? furtherValues : {}), ...values },
        compat: "true",
    };
}

function checkController(controller: Value): void {
    const isRefused = (value: Value) => isOutput(value) || isSecret(value) || isUnknown(value);
    if (someValue(controller, isRefused)) {
        throw new Error(
            'copying input "controller": it has an Output or a secret in it, which the official component refuses in ' +
                "most places. Use plain, known values.",
        );
    }
    if (!isObject(controller)) return;
    const lost = Object.keys(controller).filter((key) => !controllerValues.has(key));
    if (lost.length > 0) {
        throw new Error(
            `controller.${lost.join(", controller.")}: the official component does not know it, and would drop it ` +
                "without a word.",
        );
    }
}
