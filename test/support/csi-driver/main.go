// A CSI driver whose volumes are folders of this machine: the volume handle is
// the folder's path, a publication is a bind mount, a snapshot is a copy.
//
// It stands in for a vendor's driver, so that snapshots are made here by the
// real snapshot controller and the real sidecar. What a vendor's driver does on
// a bad day is asked of it by the snapshot class: see CreateSnapshot.
package main

import (
	"flag"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

func main() {
	name := flag.String("name", "", "the driver's name")
	node := flag.String("node", "", "the node's name")
	socket := flag.String("socket", "", "where the driver listens")
	register := flag.String("register", "", "where the kubelet looks for plugins: a socket in its plugins_registry")
	snapshots := flag.String("snapshots", "", "the folder for snapshots")
	flag.Parse()

	driver := grpc.NewServer()
	csi.RegisterIdentityServer(driver, &identity{name: *name})
	csi.RegisterControllerServer(driver, &controller{folder: *snapshots})
	csi.RegisterNodeServer(driver, &publisher{id: *node})
	registrar := grpc.NewServer()
	registration.RegisterRegistrationServer(registrar, &plugin{name: *name, socket: *socket})

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	go serve(driver, *socket)
	go serve(registrar, *register)
	<-stop
	registrar.GracefulStop()
	driver.GracefulStop()
}

// Closing the listener removes its socket.
func serve(server *grpc.Server, socket string) {
	listener, err := net.Listen("unix", socket)
	if err == nil {
		err = server.Serve(listener)
	}
	if err != nil {
		log.Fatalf("%s: %v", socket, err)
	}
}
