package demo

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
)

func TestTry(t *testing.T) {
	dir := t.TempDir()
	db, err := store.Open(t.Context(), filepath.Join(dir, "demo.db"), store.Options{Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Open(filepath.Join(dir, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	h, _ := factor.NewPasswords(factor.DefaultArgon2, 1)
	start := time.Now()
	s, err := Fill(t.Context(), uses.Config{DB: db, Keys: keys, Hasher: h}, Options{Now: time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)})
	t.Logf("%v %+v %v", time.Since(start), s, err)
	if err != nil {
		ts, _ := db.Tenants(t.Context())
		dump(t, db, ts[0].ID, "")
	}
}

func dump(t *testing.T, db *store.Store, tenant, user string) {
	rows, err := db.Events(t.Context(), tenant, 0, 1000000)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[max(0, len(rows)-25):] {
		t.Logf("%v", r)
	}
}
