/** The procedures of a language host. */
import { execFileSync, spawn } from "node:child_process";

import type { handleServerStreamingCall, UntypedServiceImplementation } from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import {
    AboutResponse,
    DependencyInfo,
    GetProgramDependenciesResponse,
    GetRequiredPackagesResponse,
    InstallDependenciesResponse,
    LanguageHandshakeResponse,
    RunPluginResponse,
    RunResponse,
    RuntimeOptionsResponse,
    type GetProgramDependenciesRequest,
    type GetRequiredPackagesRequest,
    type InstallDependenciesRequest,
    type LanguageHandshakeRequest,
    type RunPluginRequest,
    type RunRequest,
} from "@pulumi/pulumi/proto/language_pb";
import { PackageDependency } from "@pulumi/pulumi/proto/plugin_pb";
import { version } from "@pulumi/pulumi/package.json";

import type { Engine } from "../rpc/engine";
import { toServiceError } from "../rpc/errors";
import { pluginInfo, unary } from "../rpc/server";
import { fromStruct } from "../rpc/values";
import { readOptions, runArguments, sdkScript } from "./commandLine";
import { directDependencies, requiredPlugins } from "./packages";
import type { Programs } from "./programs";

/** The SDK's script ends with this code after it has told the engine itself what went wrong. */
const failureIsTold = 32;

export function languageHost(engine: Engine, programs: Programs): UntypedServiceImplementation {
    return {
        handshake: unary((_: LanguageHandshakeRequest) => new LanguageHandshakeResponse()),
        getPluginInfo: pluginInfo(version),
        getRequiredPackages: unary((request: GetRequiredPackagesRequest) => {
            const response = new GetRequiredPackagesResponse();
            response.setPackagesList(requiredPlugins(request.getInfo()?.getProgramDirectory() ?? ".").map(dependency));
            return response;
        }),
        run: unary(async (request: RunRequest) => {
            await engine.info(`Run by the lab's stand-in for the Node language host ${version}.`);
            const options = readOptions(fromStruct(request.getInfo()?.getOptions()));
            const { args, env } = runArguments(request, engine.address, options);
            const { code } = await programs.run(args, { cwd: request.getPwd(), env: { ...process.env, ...env } });
            const response = new RunResponse();
            if (code === failureIsTold) response.setBail(true);
            else if (code !== 0) response.setError(`The program ended with ${code ?? "a signal"} (exit code).`);
            return response;
        }),
        cancel: unary((_: Empty) => {
            programs.stop();
            return new Empty();
        }),
        runPlugin: runPlugin(programs),
        installDependencies,
        about: unary(() => {
            const response = new AboutResponse();
            const print = "process.stdout.write(process.execPath + ' ' + process.version)";
            const [path = "", nodeVersion = ""] = execFileSync("node", ["-e", print], { encoding: "utf8" }).split(" ");
            response.setExecutable(path);
            response.setVersion(nodeVersion);
            return response;
        }),
        getProgramDependencies: unary((request: GetProgramDependenciesRequest) => {
            const response = new GetProgramDependenciesResponse();
            const found = directDependencies(request.getInfo()?.getProgramDirectory() ?? ".");
            response.setDependenciesList(
                found.map(({ name, version: installed }) => {
                    const info = new DependencyInfo();
                    info.setName(name);
                    info.setVersion(installed);
                    return info;
                }),
            );
            return response;
        }),
        runtimeOptionsPrompts: unary(() => new RuntimeOptionsResponse()),
    };
}

function dependency(plugin: ReturnType<typeof requiredPlugins>[number]): PackageDependency {
    const message = new PackageDependency();
    message.setName(plugin.name);
    message.setKind("resource");
    message.setVersion(plugin.version);
    if (plugin.server !== undefined) message.setServer(plugin.server);
    return message;
}

/** Policy packs, and providers that are written in Node. */
function runPlugin(programs: Programs): handleServerStreamingCall<RunPluginRequest, RunPluginResponse> {
    return (call) => {
        const request = call.request;
        const folder = request.getInfo()?.getProgramDirectory() ?? request.getPwd();
        const send = (set: (response: RunPluginResponse) => void) => {
            const response = new RunPluginResponse();
            set(response);
            call.write(response);
        };
        const start = async () => {
            const { nodeArgs } = readOptions(fromStruct(request.getInfo()?.getOptions()));
            const script = sdkScript(request.getKind() === "analyzer" ? "run-policy-pack" : "run-plugin", folder);
            // From the environment come the project, the stack and its configuration.
            const env = Object.fromEntries(
                request.getEnvList().map((line) => {
                    const separator = line.indexOf("=");
                    return [line.slice(0, separator), line.slice(separator + 1)] as const;
                }),
            );
            const { code } = await programs.run(
                [...nodeArgs, script, ...request.getArgsList(), folder],
                // The SDK looks for the pack's package.json in the working directory.
                { cwd: folder, env: { ...process.env, ...env } },
                {
                    stdout: (chunk) => {
                        send((response) => response.setStdout(chunk));
                    },
                    stderr: (chunk) => {
                        send((response) => response.setStderr(chunk));
                    },
                },
            );
            send((response) => response.setExitcode(code ?? 1));
            call.end();
        };
        start().catch((error: unknown) => call.destroy(toServiceError(error) as Error));
    };
}

/** What `pulumi install` does. */
const installDependencies: handleServerStreamingCall<InstallDependenciesRequest, InstallDependenciesResponse> = (
    call,
) => {
    const child = spawn("npm", ["ci"], { cwd: call.request.getDirectory(), stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.on("data", (chunk: Buffer) => {
        const response = new InstallDependenciesResponse();
        response.setStdout(chunk);
        call.write(response);
    });
    child.stderr.on("data", (chunk: Buffer) => {
        const response = new InstallDependenciesResponse();
        response.setStderr(chunk);
        call.write(response);
    });
    child.on("error", (error) => call.destroy(error));
    child.on("close", (code) => {
        if (code === 0) call.end();
        else call.destroy(new Error(`npm ci in ${call.request.getDirectory()} ended with ${code ?? "a signal"}.`));
    });
};
