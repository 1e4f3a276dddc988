/** Stand-in for pulumi-language-nodejs: runs programs and policy packs, by the scripts of the SDK that each has. */
import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";

import {
    Server,
    ServerCredentials,
    type handleServerStreamingCall,
    type handleUnaryCall,
    type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { version } from "@pulumi/pulumi/package.json";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import {
    GetRequiredPackagesResponse,
    LanguageHandshakeResponse,
    RunPluginResponse,
    RunResponse,
    ProgramInfo,
    type RunPluginRequest,
    type RunRequest,
} from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

import { endWithEngine } from "./endWithEngine";

/** The SDK's script ends with this code after it has told the engine itself what went wrong. */
const failureIsTold = 32;

const engineAddress = process.argv.at(-1) ?? "";
const running = new Set<ChildProcess>();

function stopPrograms(): void {
    for (const child of running) child.kill("SIGKILL");
}

/** Starts a script of the SDK with the Node of PATH, as the official host does. */
function start(
    script: "run" | "run-policy-pack",
    info: ProgramInfo,
    args: readonly string[],
    options: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly stdio: StdioOptions },
): ChildProcess {
    const { nodeargs = "" } = (info.getOptions()?.toJavaScript() ?? {}) as { readonly nodeargs?: string };
    const sdk = createRequire(join(info.getProgramDirectory(), "noop.js"));
    const child = spawn(
        "node",
        [...nodeargs.split(" ").filter((word) => word !== ""), sdk.resolve(`@pulumi/pulumi/cmd/${script}`), ...args],
        { ...options, env: { ...process.env, ...options.env } },
    );
    running.add(child);
    child.on("close", () => running.delete(child));
    return child;
}

function exitCodeOf(child: ChildProcess): Promise<number> {
    return new Promise((resolve, reject) => {
        child.on("error", reject);
        child.on("close", (code) => {
            resolve(code ?? 1);
        });
    });
}

async function runProgram(request: RunRequest): Promise<RunResponse> {
    const info = request.getInfo() ?? new ProgramInfo();
    const args = [
        ...["--monitor", request.getMonitorAddress(), "--engine", engineAddress],
        ...["--organization", request.getOrganization(), "--project", request.getProject()],
        ...["--root-directory", info.getRootDirectory(), "--stack", request.getStack(), "--pwd", request.getPwd()],
        ...["--parallel", String(request.getParallel()), ...(request.getDryrun() ? ["--dry-run"] : [])],
        ...[info.getEntryPoint(), ...request.getArgsList()],
    ];
    const env = {
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toObject(false))),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    };
    const code = await exitCodeOf(
        start("run", info, args, { cwd: request.getPwd(), env, stdio: ["ignore", "inherit", "inherit"] }),
    );
    const response = new RunResponse();
    if (code === failureIsTold) response.setBail(true);
    else if (code !== 0) response.setError(`The program ended with exit code ${code}.`);
    return response;
}

const runPolicyPack: handleServerStreamingCall<RunPluginRequest, RunPluginResponse> = (call) => {
    const info = call.request.getInfo() ?? new ProgramInfo();
    // The SDK looks for the pack's package.json in the working directory.
    const folder = info.getProgramDirectory();
    const send = (set: (response: RunPluginResponse) => void) => {
        const response = new RunPluginResponse();
        set(response);
        call.write(response);
    };
    // In them are the project, the stack and its configuration.
    const variables = call.request.getEnvList().map((line) => /^([^=]*)=(.*)$/s.exec(line)?.slice(1) ?? [line, ""]);
    const child = start("run-policy-pack", info, [...call.request.getArgsList(), folder], {
        cwd: folder,
        env: Object.fromEntries(variables) as Readonly<Record<string, string>>,
        stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout?.on("data", (chunk: Buffer) => {
        send((response) => response.setStdout(chunk));
    });
    child.stderr?.on("data", (chunk: Buffer) => {
        send((response) => response.setStderr(chunk));
    });
    exitCodeOf(child).then(
        (code) => {
            send((response) => response.setExitcode(code));
            call.end();
        },
        (error: unknown) => call.destroy(error as Error),
    );
};

function unary<Request, Response>(
    answer: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
    return (call, callback) => {
        Promise.resolve()
            .then(() => answer(call.request))
            .then(
                (response) => {
                    callback(null, response);
                },
                (error: unknown) => {
                    callback(error as Error);
                },
            );
    };
}

const implementation: UntypedServiceImplementation = {
    handshake: unary(() => new LanguageHandshakeResponse()),
    getPluginInfo: unary(() => {
        const info = new PluginInfo();
        info.setVersion(version);
        return info;
    }),
    // Every resource comes with the version of its package, and so of its plugin.
    getRequiredPackages: unary(() => new GetRequiredPackagesResponse()),
    run: unary(runProgram),
    runPlugin: runPolicyPack,
    cancel: unary(() => {
        stopPrograms();
        return new Empty();
    }),
};

endWithEngine();
process.on("exit", stopPrograms);
const server = new Server();
server.addService(LanguageRuntimeService, implementation);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    process.stdout.write(`${port}\n`);
});
