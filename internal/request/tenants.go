package request

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/sallyport/sallyport"
)

// The list of tenants is read again after a while, since nobody tells of what is written by hand. Where
// nothing is remembered of session checks, nobody tells of any change.
const (
	tenantsToldOf = time.Minute
	tenantsUntold = 5 * time.Second
)

// lister is the part of the store that reads tenants.
type lister interface {
	Tenants(context.Context) ([]sallyport.Tenant, error)
	Tenant(ctx context.Context, id string) (sallyport.Tenant, error)
}

// memory tells whether what is remembered is true, see recall.Memory. Trusted has to be asked first.
type memory interface {
	Trusted() bool
	TenantsChanged() uint64
}

// tenants finds tenants by host name in a list that is kept.
type tenants struct {
	db     lister
	now    func() time.Time
	memory memory // nil where none tells of changes
	last   atomic.Pointer[tenantList]
}

type tenantList struct {
	byHost  map[string]*sallyport.Tenant
	at      time.Time
	changed uint64 // before it was read
}

func (t *tenants) find(ctx context.Context, host string) (*sallyport.Tenant, error) {
	list := t.last.Load()
	if !t.holds(list) {
		var err error
		if list, err = t.read(ctx); err != nil {
			return nil, err
		}
	}
	if v, ok := list.byHost[host]; ok && host != "" {
		return v, nil
	}
	if v, ok := list.byHost[""]; ok {
		return v, nil
	}
	if len(list.byHost) == 0 {
		return nil, sallyport.Refuse(sallyport.CodeNotSetUp, "")
	}
	return nil, sallyport.ErrNotFound
}

// holds reports whether a list is as good as a new one.
func (t *tenants) holds(list *tenantList) bool {
	if list == nil || len(list.byHost) == 0 {
		return false
	}
	age := t.now().Sub(list.at).Abs()
	if t.memory == nil {
		return age <= tenantsUntold
	}
	return t.memory.Trusted() && list.changed == t.memory.TenantsChanged() && age <= tenantsToldOf
}

// read reads the list anew. Nobody waits for somebody else's reading, which may be for nothing.
func (t *tenants) read(ctx context.Context) (*tenantList, error) {
	list := &tenantList{byHost: map[string]*sallyport.Tenant{}, at: t.now()}
	if t.memory != nil {
		list.changed = t.memory.TenantsChanged()
	}
	found, err := t.db.Tenants(ctx)
	if err != nil {
		return nil, err
	}
	for _, v := range found {
		list.byHost[v.Host] = &v
	}
	t.last.Store(list)
	return list, nil
}
