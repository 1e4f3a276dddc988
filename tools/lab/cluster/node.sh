#!/usr/bin/env bash
# A node: containerd, kube-proxy, kube-network-policies and kubelet, in namespaces that whoever starts this has made. It is
# the first process there, and when it ends, so does everything on the node. It ends when one of the four does.
#
# Usage: node.sh NODE_FOLDER NODE_NAME NODE_ADDRESS NODE_LABELS TOOL=PATH ...
set -euo pipefail

folder=$1
name=$2
address=$3
labels=$4
shift 4

hostname "$name"

# A node's own /run, /var/lib and /var/log, so that every program finds its usual paths and nothing of it is seen outside.
# The tools first, since they may be in a place that is hidden afterwards.
rm -rf "$folder/run"
mkdir -p "$folder/run/tools" "$folder/lib" "$folder/log"
for tool in "$@"; do
    touch "$folder/run/tools/${tool%%=*}"
    mount --bind "${tool#*=}" "$folder/run/tools/${tool%%=*}"
done
mount --rbind "$folder/run" /run
log=/var/log
mount --bind "$folder/log" /var/log
mount --bind "$folder/lib" /var/lib
export PATH="/run/tools:$PATH"

# The kubelet sets these for the whole machine. Here it finds them set, and the machine keeps its own.
mkdir /run/sysctls
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
    kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
    file=/run/sysctls/$(basename "${setting%=*}")
    echo "${setting#*=}" >"$file"
    mount --bind "$file" "/proc/sys/${setting%=*}"
done

# These belong to the network namespace. The second lets kube-proxy see what one pod sends to another of the same node.
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables

containerd --config /var/lib/containerd.toml >>"$log/containerd.log" 2>&1 &
containerd=$!
# The kubelet gives up at once where there is no runtime.
for _ in {1..300}; do
    [ -S /run/containerd/containerd.sock ] && break
    kill -0 "$containerd" 2>/dev/null || break
    sleep 0.1
done

kube-proxy --config=/var/lib/kube-proxy/config.json --hostname-override="$name" >>"$log/kube-proxy.log" 2>&1 &
kube_proxy=$!
kube-network-policies --kubeconfig=/var/lib/kube-network-policies/kubeconfig --hostname-override="$name" \
    >>"$log/kube-network-policies.log" 2>&1 &
network_policies=$!
kubelet --config=/var/lib/kubelet/config.json --kubeconfig=/var/lib/kubelet/kubeconfig --hostname-override="$name" \
    --node-ip="$address" --node-labels="$labels" >>"$log/kubelet.log" 2>&1 &
kubelet=$!

code=0
wait -n -p ended "$containerd" "$kube_proxy" "$network_policies" "$kubelet" || code=$?
case $ended in
"$containerd") daemon=containerd ;;
"$kube_proxy") daemon=kube-proxy ;;
"$network_policies") daemon=kube-network-policies ;;
*) daemon=kubelet ;;
esac
echo "$daemon ended with $code, and the node with it. $folder/log/$daemon.log ends with:"
tail -n 10 "$log/$daemon.log"
exit 1
