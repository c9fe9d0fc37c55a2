// Command vault-plugin is a secrets engine for tests: it hands out key pairs
// for an object store that does not exist, each with a lease. What a real
// engine does at a store, it does in a list that a test can read.
//
//	read creds/ROLE    a pair whose lease can be renewed, up to the mount's longest
//	read creds/fixed   a pair whose lease cannot be renewed
//	list live          the access keys that were issued and not revoked
//
// How long a lease lasts is the mount's default_lease_ttl.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/plugin"
)

const liveIn = "live/" // one entry for each key that works

func main() {
	// Vault starts this program and hands over everything by its environment.
	if err := plugin.ServeMultiplex(&plugin.ServeOpts{BackendFactoryFunc: factory}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// engine is the backend of one mount.
type engine struct{ *framework.Backend }

func factory(ctx context.Context, conf *logical.BackendConfig) (logical.Backend, error) {
	e := &engine{}
	e.Backend = &framework.Backend{
		BackendType: logical.TypeLogical,
		Paths: []*framework.Path{
			{
				Pattern:    "creds/" + framework.GenericNameRegex("role"),
				Fields:     map[string]*framework.FieldSchema{"role": {Type: framework.TypeString}},
				Operations: map[logical.Operation]framework.OperationHandler{logical.ReadOperation: &framework.PathOperation{Callback: e.issue}},
			},
			{
				Pattern:    "live/?$",
				Operations: map[logical.Operation]framework.OperationHandler{logical.ListOperation: &framework.PathOperation{Callback: e.live}},
			},
		},
		Secrets: []*framework.Secret{
			{Type: "renewable", Renew: e.renew, Revoke: e.revoke},
			{Type: "fixed", Revoke: e.revoke},
		},
	}
	return e, e.Setup(ctx, conf)
}

// issue makes a pair and notes its access key.
func (e *engine) issue(ctx context.Context, req *logical.Request, data *framework.FieldData) (*logical.Response, error) {
	kind := "renewable"
	if data.Get("role") == "fixed" {
		kind = "fixed"
	}
	access, secret := "TEST"+rand.Text()[:16], rand.Text()+rand.Text()
	if err := req.Storage.Put(ctx, &logical.StorageEntry{Key: liveIn + access, Value: []byte{1}}); err != nil {
		return nil, err
	}
	response := e.Secret(kind).Response(map[string]any{"access_key": access, "secret_key": secret}, map[string]any{"access": access})
	e.lease(response)
	return response, nil
}

// renew gives the lease its whole length again; Vault stops it at the mount's
// longest.
func (e *engine) renew(_ context.Context, req *logical.Request, _ *framework.FieldData) (*logical.Response, error) {
	response := &logical.Response{Secret: req.Secret}
	e.lease(response)
	return response, nil
}

func (e *engine) lease(response *logical.Response) {
	response.Secret.TTL = e.System().DefaultLeaseTTL()
	response.Secret.MaxTTL = e.System().MaxLeaseTTL()
}

// revoke strikes the access key off the list.
func (e *engine) revoke(ctx context.Context, req *logical.Request, _ *framework.FieldData) (*logical.Response, error) {
	access, ok := req.Secret.InternalData["access"].(string)
	if !ok {
		return nil, fmt.Errorf("lease: want the access key that it is for, found none")
	}
	return nil, req.Storage.Delete(ctx, liveIn+access)
}

func (e *engine) live(ctx context.Context, req *logical.Request, _ *framework.FieldData) (*logical.Response, error) {
	keys, err := req.Storage.List(ctx, liveIn)
	if err != nil {
		return nil, err
	}
	return logical.ListResponse(keys), nil
}
