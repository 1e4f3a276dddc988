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
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

const (
	queueID   = 100
	tableName = "kube-network-policies"
	// NFT_TABLE_F_OWNER of linux/netfilter/nf_tables.h: nobody but the socket that made it may change it.
	tableOwner = 2
)

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
			FailOpen:    true,
			QueueID:     queueID,
			NodeName:    node,
			NFTableName: tableName,
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
		// From Linux 5.12 on.
		if socket, err := ownTable(); err != nil {
			klog.Infof("Connections that begin while a pod comes or goes may take a second more: %v", err)
		} else {
			defer socket.Close()
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

// Has the controller's table belong to a socket of its own, so that the kernel refuses the controller at once. Else it takes the table and its
// hook, refuses the rule, and with the hook that it takes back it drops what is in the queue: connections that begin while a pod comes or goes
// would take a second more. The table goes with the socket.
func ownTable() (*netlink.Conn, error) {
	socket, err := netlink.Dial(unix.NETLINK_NETFILTER, nil)
	if err != nil {
		return nil, err
	}
	attributes, err := netlink.MarshalAttributes([]netlink.Attribute{
		{Type: unix.NFTA_TABLE_NAME, Data: append([]byte(tableName), 0)},
		{Type: unix.NFTA_TABLE_FLAGS, Data: []byte{0, 0, 0, tableOwner}},
	})
	if err != nil {
		return nil, err
	}
	header := func(family, resource byte) []byte { return []byte{family, unix.NFNETLINK_V0, 0, resource} }
	batch := func(kind netlink.HeaderType) netlink.Message {
		return netlink.Message{
			Header: netlink.Header{Type: kind, Flags: netlink.Request},
			Data:   header(unix.AF_UNSPEC, unix.NFNL_SUBSYS_NFTABLES),
		}
	}
	_, err = socket.SendMessages([]netlink.Message{
		batch(unix.NFNL_MSG_BATCH_BEGIN),
		{
			Header: netlink.Header{
				Type:  unix.NFNL_SUBSYS_NFTABLES<<8 | unix.NFT_MSG_NEWTABLE,
				Flags: netlink.Request | netlink.Acknowledge | netlink.Create,
			},
			Data: append(header(unix.NFPROTO_INET, 0), attributes...),
		},
		batch(unix.NFNL_MSG_BATCH_END),
	})
	if err == nil {
		// What the kernel says of it.
		_, err = socket.Receive()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("own the nftables table %s: %w", tableName, err), socket.Close())
	}
	return socket, nil
}
