package demo

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
)

func TestSeeds(t *testing.T) {
	for i := range 40 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			dir := t.TempDir()
			db, err := store.Open(t.Context(), filepath.Join(dir, "demo.db"), store.Options{Unsafe: true})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			db.Migrate(t.Context())
			keys, _ := seal.Open(filepath.Join(dir, "keys.json"))
			h, _ := factor.NewPasswords(cheap, 1)
			o := Options{Seed: uint64(i + 100), Users: 40 + i, Days: []int{14, 60, 21, 30, 45}[i%5], Now: time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC).Add(time.Duration(i) * 29 * time.Hour)}
			s, err := Fill(t.Context(), uses.Config{DB: db, Keys: keys, Hasher: h}, o)
			if err != nil {
				t.Errorf("%+v: %v", o, err)
				ts, _ := db.Tenants(t.Context())
				as, _ := db.Attempts(t.Context(), ts[0].ID, "", 1)
				mine, _ := db.AttemptsOf(t.Context(), ts[0].ID, as[0].UserID, "", 4)
				for _, a := range mine {
					t.Logf("%v %v %v %v %v", a.CreatedAt, a.Email, a.Location.City, a.FailureReason, a.Assessment)
				}
			}
			s.Credentials = nil
			t.Logf("%+v", s)
		})
	}
}
