// kube-network-policies as a program of the node, as kube-proxy is: with a kubeconfig instead of a pod's account, and with
// a way for kernels that lack nftables' queues.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os/exec"
	"os/signal"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

const queueID = 100

func main() {
	kubeconfig := flag.String("kubeconfig", "", "path of the kubeconfig")
	node := flag.String("hostname-override", "", "name of the node")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), unix.SIGTERM, unix.SIGINT)
	defer cancel()
	if err := run(ctx, *kubeconfig, *node); err != nil && ctx.Err() == nil {
		klog.Fatal(err)
	}
}

func run(ctx context.Context, kubeconfig, node string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	config.ContentType = "application/vnd.kubernetes.protobuf"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	controller, err := networkpolicy.NewController(
		client,
		factory.Networking().V1().NetworkPolicies(),
		factory.Core().V1().Namespaces(),
		factory.Core().V1().Pods(),
		nil, nil, nil, nil,
		networkpolicy.Config{
			// What the lab loses must be the service's doing: a connection that this program is too slow for is let through.
			FailOpen: true,
			QueueID:  queueID,
			NodeName: node,
			// Lost answers of DNS, on kernels before 6.12.
			NetfilterBug1766Fix: true,
		},
	)
	if err != nil {
		return err
	}
	if err := queueInNftables(); err != nil {
		klog.Infof("This kernel has no queues in nftables (%v): iptables asks for each connection. The controller says below that its own rules are refused; they are not needed.", err)
		if err := queueInIptables(); err != nil {
			return err
		}
	}
	factory.Start(ctx.Done())
	if err := controller.Run(ctx); err != nil {
		return err
	}
	return errors.New("the controller has ended")
}

// Whether the kernel takes the rules that the controller writes, of which all but the queue are in every kernel.
func queueInNftables() error {
	connection, err := nftables.New()
	if err != nil {
		return err
	}
	table := connection.AddTable(&nftables.Table{Name: "lab-trial", Family: nftables.TableFamilyINet})
	// No hook: no packet comes by.
	chain := connection.AddChain(&nftables.Chain{Name: "trial", Table: table})
	connection.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: []expr.Any{&expr.Queue{Num: queueID}}})
	if err := connection.Flush(); err != nil {
		return err
	}
	connection.DelTable(table)
	return connection.Flush()
}

// The same as the controller's rules, at the same place, for all pods: what no policy is about, the controller lets through.
func queueInIptables() error {
	for _, rule := range []string{
		"--match owner --uid-owner 0 --jump ACCEPT",
		"--match conntrack --ctstate ESTABLISHED,RELATED --jump ACCEPT",
		fmt.Sprintf("--jump NFQUEUE --queue-num %d --queue-bypass", queueID),
	} {
		chain := strings.Fields("POSTROUTING " + rule)
		if exec.Command("iptables", append(strings.Fields("--wait --table mangle --check"), chain...)...).Run() == nil {
			continue
		}
		add := exec.Command("iptables", append(strings.Fields("--wait --table mangle --append"), chain...)...)
		if output, err := add.CombinedOutput(); err != nil {
			return fmt.Errorf("iptables: %w: %s", err, output)
		}
	}
	return nil
}
