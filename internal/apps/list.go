package apps

import (
	"context"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/gate"
)

// Entry is an app as it is asked for all the time.
type Entry struct {
	sallyport.App
	Rules gate.Rules
}

// entries are the apps of all tenants, by what comes behind the scheme of their address.
type entries map[string]*Entry

func (s *Service) read(ctx context.Context) (entries, error) {
	apps, err := s.Acts.EveryApp(ctx)
	out := make(entries, len(apps))
	for _, v := range apps {
		_, host, _ := strings.Cut(v.Origin, "://")
		out[host] = &Entry{v, gate.Compile(v.Rules)}
	}
	return out, err
}

// At returns the app at an address without a path. ErrNotFound where none is.
func (s *Service) At(ctx context.Context, origin string) (*Entry, error) {
	_, host, _ := strings.Cut(origin, "://")
	e, err := s.OnHost(ctx, host)
	if err == nil && e.Origin != origin {
		err = sallyport.ErrNotFound
	}
	return e, err
}

// OnHost returns the app on a host, which has a port where that is not the usual one. ErrNotFound where none is.
func (s *Service) OnHost(ctx context.Context, host string) (*Entry, error) {
	all, err := s.list.Get(ctx)
	if err != nil {
		return nil, err
	}
	if e, ok := all[strings.ToLower(host)]; ok {
		return e, nil
	}
	return nil, sallyport.ErrNotFound
}
