package apptest

import (
	"testing"

	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/store"
)

// Empty is [dbtest.Empty].
func Empty(t testing.TB, engine store.Engine) string {
	t.Helper()
	return dbtest.Empty(t, engine)
}

// Migrated is [dbtest.Migrated].
func Migrated(t testing.TB, engine store.Engine) string {
	t.Helper()
	return dbtest.Migrated(t, engine)
}
