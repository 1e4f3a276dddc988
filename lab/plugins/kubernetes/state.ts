/** What the stack's state keeps of an object, in the official provider's form, so that either can go on from there. */
import { isObject, secret, textAt, withMarksOf, withoutMarks, type Properties, type Value } from "../rpc/values";

export interface Checkpoint {
    /** With marks. */
    readonly inputs: Properties;
    /** The object as the API server has it, plain. */
    readonly live: Properties;
    readonly initialApiVersion: string;
    readonly fieldManager: string;
}

export function toState({ inputs, live, initialApiVersion, fieldManager }: Checkpoint): Properties {
    return {
        ...markSecretData(withMarksOf(live, inputs)),
        __inputs: inputs,
        __initialApiVersion: initialApiVersion,
        __fieldManager: fieldManager,
    };
}

/** Plain: without marks. */
export interface ReadCheckpoint {
    readonly inputs: Properties;
    readonly live: Properties;
    readonly initialApiVersion: string | undefined;
}

export function fromState(state: Properties): ReadCheckpoint {
    const { __inputs: inputs, __initialApiVersion: _, __fieldManager: __, ...live } = withoutMarks(state);
    return {
        inputs: isObject(inputs) ? inputs : {},
        live,
        initialApiVersion: textAt(state, "__initialApiVersion"),
    };
}

/** A Secret's data is secret, wherever it came from. */
export function markSecretData(object: Properties): Properties {
    if (object["kind"] !== "Secret" || object["apiVersion"] !== "v1") return object;
    const mark = (key: string): Properties => {
        const value: Value | undefined = object[key];
        return value === undefined ? {} : { [key]: secret(withoutMarks(value)) };
    };
    return { ...object, ...mark("data"), ...mark("stringData") };
}
