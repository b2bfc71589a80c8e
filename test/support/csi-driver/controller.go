package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

type controller struct {
	csi.UnimplementedControllerServer
	folder string
}

func (*controller) ControllerGetCapabilities(context.Context, *csi.ControllerGetCapabilitiesRequest) (*csi.ControllerGetCapabilitiesResponse, error) {
	rpc := &csi.ControllerServiceCapability_RPC{Type: csi.ControllerServiceCapability_RPC_CREATE_DELETE_SNAPSHOT}
	return &csi.ControllerGetCapabilitiesResponse{Capabilities: []*csi.ControllerServiceCapability{
		{Type: &csi.ControllerServiceCapability_Rpc{Rpc: rpc}},
	}}, nil
}

// The class's parameter `behaviour` is `refuse` for a backend that makes no
// snapshots, and `linger` for one that is never done with any.
func (c *controller) CreateSnapshot(ctx context.Context, request *csi.CreateSnapshotRequest) (*csi.CreateSnapshotResponse, error) {
	behaviour := request.GetParameters()["behaviour"]
	if behaviour == "refuse" {
		return nil, status.Error(codes.InvalidArgument, "the backend makes no snapshot of this volume")
	}
	snapshot := filepath.Join(c.folder, request.GetName())
	if err := copyOnce(ctx, request.GetSourceVolumeId(), snapshot); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	made, err := os.Stat(snapshot)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &csi.CreateSnapshotResponse{Snapshot: &csi.Snapshot{
		SnapshotId:     snapshot,
		SourceVolumeId: request.GetSourceVolumeId(),
		CreationTime:   timestamppb.New(made.ModTime()),
		ReadyToUse:     behaviour != "linger",
	}}, nil
}

// The sidecar asks again until a snapshot is ready: the same name is the same
// snapshot.
func copyOnce(ctx context.Context, volume, snapshot string) error {
	if _, err := os.Stat(snapshot); err == nil {
		return nil
	}
	partial := snapshot + ".partial"
	if err := os.RemoveAll(partial); err != nil {
		return err
	}
	if err := exec.CommandContext(ctx, "cp", "-a", volume, partial).Run(); err != nil {
		return err
	}
	return os.Rename(partial, snapshot)
}

func (*controller) DeleteSnapshot(_ context.Context, request *csi.DeleteSnapshotRequest) (*csi.DeleteSnapshotResponse, error) {
	if err := os.RemoveAll(request.GetSnapshotId()); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &csi.DeleteSnapshotResponse{}, nil
}
