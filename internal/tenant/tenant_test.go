package tenant_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/tenant"
)

func TestAdd(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store, _ sallyport.User) {
		ctx := context.Background()
		s := tenant.New(act.New(act.Config{DB: db, Now: func() time.Time { return now }}))
		for _, tt := range []struct{ host, name, want string }{
			{"Accounts.Example.COM.", " Example ", ""},
			{"accounts.example.com", "Again", "host taken"},
			{"xn--bcher-kva.example", "Bücher", ""},
			{"", "No host", "host invalid_host"},
			{"example.com:8080", "Port", "host invalid_host"},
			{"bücher.example", "Not in IDNA form", "host invalid_host"},
			{"-a.example", "Hyphen", "host invalid_host"},
			{"a..example", "Empty label", "host invalid_host"},
			{"b.example", "", "name required"},
			{"b.example", "two\nlines", "name invalid_characters"},
			{"", strings.Repeat("x", 101), "host invalid_host, name too_long"},
		} {
			added, err := s.Add(ctx, tt.host, tt.name)
			var e *sallyport.Error
			var got []string
			if errors.As(err, &e) {
				for _, f := range e.Fields {
					got = append(got, f.Field+" "+f.Code)
				}
			}
			if g := strings.Join(got, ", "); g != tt.want || (err == nil) != (tt.want == "") {
				t.Errorf("%q, %q: %q (%v), want %q", tt.host, tt.name, g, err, tt.want)
			}
			if err == nil {
				if err := audit.NewSequencer(db, time.Now).Run(ctx); err != nil {
					t.Fatal(err)
				}
				if r, err := audit.Verify(ctx, db, added.ID, audit.Known{}, nil); err != nil || r.Size != 1 || len(r.Problems) > 0 {
					t.Errorf("%s: log %+v, %v", added.Host, r, err)
				}
			}
		}
	})
}
