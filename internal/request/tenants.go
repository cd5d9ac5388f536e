package request

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/recall"
)

// lister is the part of the store that reads tenants.
type lister interface {
	Tenants(context.Context) ([]sallyport.Tenant, error)
	Tenant(ctx context.Context, id string) (sallyport.Tenant, error)
}

// tenants finds tenants in a list that is kept.
type tenants struct {
	db   lister
	list *recall.List[tenantList]
}

// tenantList has the tenants by their host names, and by their ids.
type tenantList struct{ byHost, byID map[string]*sallyport.Tenant }

func newTenants(db lister, now func() time.Time) tenants {
	return tenants{db, &recall.List[tenantList]{
		Now: now, Empty: func(l tenantList) bool { return len(l.byHost) == 0 },
		Read: func(ctx context.Context) (tenantList, error) {
			l := tenantList{map[string]*sallyport.Tenant{}, map[string]*sallyport.Tenant{}}
			found, err := db.Tenants(ctx)
			for _, v := range found {
				l.byHost[v.Host], l.byID[v.ID] = &v, &v
			}
			return l, err
		},
	}}
}

func (t *tenants) find(ctx context.Context, host string) (*sallyport.Tenant, error) {
	list, err := t.list.Get(ctx)
	if err != nil {
		return nil, err
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

// of returns the tenant of an id, ErrNotFound for none.
func (t *tenants) of(ctx context.Context, id string) (*sallyport.Tenant, error) {
	list, err := t.list.Get(ctx)
	if err != nil {
		return nil, err
	}
	if v, ok := list.byID[id]; ok {
		return v, nil
	}
	return nil, sallyport.ErrNotFound
}
