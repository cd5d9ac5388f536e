package request

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sallyport/sallyport"
)

// tenantsCachedFor is how long the list of tenants is cached. The list decides only which
// tenant a request is for. Sessions are read from the database for each request.
const tenantsCachedFor = 5 * time.Second

// lister is the part of the store that reads tenants.
type lister interface {
	Tenants(context.Context) ([]sallyport.Tenant, error)
	Tenant(ctx context.Context, id string) (sallyport.Tenant, error)
}

// tenants finds tenants by host name in a cached list. Of those who find it too old one reads it
// anew, and the others take it as it is.
type tenants struct {
	db      lister
	now     func() time.Time
	last    atomic.Pointer[tenantList]
	reading sync.Mutex
}

type tenantList struct {
	byHost map[string]sallyport.Tenant
	at     time.Time
}

func (t *tenants) find(ctx context.Context, host string) (sallyport.Tenant, error) {
	list := t.last.Load()
	old := list == nil || len(list.byHost) == 0
	if old || t.now().Sub(list.at).Abs() > tenantsCachedFor && t.reading.TryLock() {
		if !old {
			defer t.reading.Unlock()
		}
		fresh, err := t.read(ctx)
		if err != nil {
			return sallyport.Tenant{}, err
		}
		list = fresh
	}
	if v, ok := list.byHost[host]; ok && host != "" {
		return v, nil
	}
	if v, ok := list.byHost[""]; ok {
		return v, nil
	}
	if len(list.byHost) == 0 {
		return sallyport.Tenant{}, sallyport.Refuse(sallyport.CodeNotSetUp, "")
	}
	return sallyport.Tenant{}, sallyport.ErrNotFound
}

func (t *tenants) read(ctx context.Context) (*tenantList, error) {
	found, err := t.db.Tenants(ctx)
	if err != nil {
		return nil, err
	}
	list := &tenantList{byHost: make(map[string]sallyport.Tenant, len(found)), at: t.now()}
	for _, v := range found {
		list.byHost[v.Host] = v
	}
	t.last.Store(list)
	return list, nil
}
