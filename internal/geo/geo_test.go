package geo

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/sallyport/sallyport"
)

func open(t testing.TB, path string) *DB {
	t.Helper()
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// Networks of universities and registries that have been in one place for decades.
func TestLookupCountry(t *testing.T) {
	db := open(t, "")
	for addr, want := range map[string]string{
		"8.8.8.8":           "US",
		"18.9.22.69":        "US",
		"193.0.6.139":       "NL",
		"2001:67c:2e8:22::": "NL",
		"133.11.0.1":        "JP",
		"2001:638::1":       "DE",
		"2001:630::1":       "GB",
		"130.88.0.1":        "GB",
		"129.67.1.1":        "GB",
		"129.132.1.1":       "CH",
		"130.237.1.1":       "SE",
		"141.76.1.1":        "DE",
		"131.217.1.1":       "AU",
		"132.204.1.1":       "CA",
		"137.189.1.1":       "HK",
		"140.112.1.1":       "TW",
		"143.107.1.1":       "BR",
		"200.160.2.3":       "BR",
		"146.141.1.1":       "ZA",
		"::ffff:193.0.6.1":  "NL", // IPv4-mapped
	} {
		got := db.Lookup(netip.MustParseAddr(addr))
		if got != (sallyport.Location{Country: want}) {
			t.Errorf("%s: got %+v, want only country %s", addr, got, want)
		}
	}
}

func TestLookupNowhere(t *testing.T) {
	db := open(t, "")
	for _, addr := range []string{
		"0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.1.1", "172.16.0.1", "192.0.2.1",
		"192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.5", "224.0.0.1", "255.255.255.255",
		"::", "::1", "::ffff:192.168.1.1", "64:ff9b::808:808", "2001::1", "2001:db8::1", "2002:808:808::1",
		"3fff::1", "fc00::1", "fe80::1%eth0", "ff02::1",
	} {
		if got := db.Lookup(netip.MustParseAddr(addr)); got != (sallyport.Location{}) {
			t.Errorf("%s: got %+v, want nothing", addr, got)
		}
	}
	if got := db.Lookup(netip.Addr{}); got != (sallyport.Location{}) {
		t.Errorf("invalid address: got %+v", got)
	}
}

func TestEmbeddedFileIsTheDocumentedOne(t *testing.T) {
	readme, err := os.ReadFile("data/README.md")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(countryFile)
	if !strings.Contains(string(readme), hex.EncodeToString(sum[:])) {
		t.Errorf("data/README.md does not name the sum of the embedded file, %x", sum)
	}
}

func TestCloseDuringLookups(t *testing.T) {
	db, err := Open(writeCity(t, nestedCity()))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 2000 {
				db.Lookup(netip.MustParseAddr("81.2.69.142"))
			}
		})
	}
	for range 2 {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
	if got := db.Lookup(netip.MustParseAddr("8.8.8.8")); got != (sallyport.Location{}) {
		t.Errorf("after Close: got %+v, want nothing", got)
	}
}

func FuzzLookup(f *testing.F) {
	for _, s := range []string{"8.8.8.8", "::1", "2001:67c:2e8::", "::ffff:1.2.3.4", "fe80::1%x"} {
		b, err := netip.MustParseAddr(s).MarshalBinary()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	db := open(f, "")
	f.Fuzz(func(t *testing.T, b []byte) {
		var addr netip.Addr
		if err := addr.UnmarshalBinary(b); err != nil {
			return
		}
		got := db.Lookup(addr)
		if got != (sallyport.Location{Country: got.Country}) || got.Country != "" && !countryCode(got.Country) {
			t.Errorf("%s: got %+v", addr, got)
		}
		if got != db.Lookup(addr.Unmap()) {
			t.Errorf("%s: differs from its unmapped form", addr)
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	addr := netip.MustParseAddr("193.0.6.139")
	for name, path := range map[string]string{"country": "", "city": writeCity(b, nestedCity())} {
		b.Run(name, func(b *testing.B) {
			db := open(b, path)
			b.ReportAllocs()
			for b.Loop() {
				db.Lookup(addr)
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		open(b, "")
	}
}
