package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/geo"
)

// open reports whether users other than the owner may access a file. Windows has no
// such bits.
func open(info fs.FileInfo) bool { return runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 }

func (p *patient) folder(context.Context) Check {
	if p.Data == "" {
		return Check{}
	}
	info, err := os.Stat(p.Data)
	switch {
	case errors.Is(err, fs.ErrNotExist) && p.postgres():
		return Check{} // the installation keeps nothing in the folder
	case errors.Is(err, fs.ErrNotExist):
		return fail("Start serve once, which makes it, or correct --data.", "The data folder %s is not there.", p.Data)
	case err != nil:
		return fail("Run this as the account that the service runs as.", "The data folder cannot be looked at: %v.", err)
	case !info.IsDir():
		return fail("Correct --data, or move the file away.", "The data folder %s is a file.", p.Data)
	case open(info):
		return warn("Close it: chmod 700 "+p.Data, "Other accounts of this machine may look into the data folder %s (mode %04o).", p.Data, info.Mode().Perm())
	}
	return good("The data folder %s is there and closed to others.", p.Data)
}

// magic is the beginning of every SQLite file.
const magic = "SQLite format 3\x00"

// file checks the database file before SQLite opens it, since SQLite would create a
// missing file.
func (p *patient) file(context.Context) Check {
	if p.postgres() {
		return Check{}
	}
	info, c := recognise(p.Database)
	switch {
	case c.Status == Fail:
		p.unfit = true
		return c
	case open(info):
		return fail("Close it: chmod 600 "+p.Database, "Other accounts of this machine may read the database %s, password hashes included (mode %04o).",
			p.Database, info.Mode().Perm())
	}
	return good("The database file %s has %s and is closed to others.", p.Database, size(uint64(max(0, info.Size()))))
}

// recognise returns a failed check for a path that is not a SQLite database.
func recognise(path string) (fs.FileInfo, Check) {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fail("Start serve once, which makes it, or correct --database.", "The database file %s is not there.", path)
	case err != nil:
		return nil, fail("Run this as the account that the service runs as.", "The database file cannot be opened: %v.", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, fail("Correct --database.", "%s is not a file that a database could be in.", path)
	}
	start := make([]byte, len(magic))
	switch _, err := io.ReadFull(f, start); {
	case errors.Is(err, io.EOF):
		return nil, fail("Start serve once, which fills it.", "The database file %s is empty.", path)
	case err != nil || string(start) != magic:
		return nil, fail("Correct --database: to use this path, move the file away.", "%s is something else than an SQLite database.", path)
	}
	return info, Check{}
}

func (p *patient) breaches(context.Context) Check {
	if p.BreachList == "" {
		return warn("Download the list of Have I Been Pwned and name it with --breach-list; docs/operations.md says how.",
			"There is no list of passwords from data breaches: new passwords are only held against common ones and what is made of them.")
	}
	list, err := factor.OpenBreach(p.BreachList)
	if err != nil {
		return fail("Correct --breach-list, or leave it out.", "The list of passwords from data breaches cannot be used: %v.", err)
	}
	if err := list.Close(); err != nil {
		return warn("", "The list of passwords from data breaches could not be closed: %v.", err)
	}
	return good("Passwords from data breaches are refused, by %s.", p.BreachList)
}

// Free space below which the check warns, and below which it fails.
const (
	littleSpace = 1 << 30
	noSpace     = 100 << 20
)

func (p *patient) space(context.Context) Check {
	if p.postgres() {
		return Check{} // the database is on another machine
	}
	free, err := freeSpace(filepath.Dir(p.Database))
	return judgeSpace(free, err)
}

func judgeSpace(free uint64, err error) Check {
	const remedy = "Make room on the disk: without any, every change is refused."
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return Check{}
	case err != nil:
		return warn("Look at the disk yourself.", "The free space of the disk cannot be told: %v.", err)
	case free < noSpace:
		return fail(remedy, "The disk of the database has %s left.", size(free))
	case free < littleSpace:
		return warn(remedy, "The disk of the database has %s left.", size(free))
	}
	return good("The disk of the database has %s left.", size(free))
}

func (p *patient) cities(context.Context) Check {
	if p.CityFile == "" {
		return good("There is no city file: places are countries, from the data in the program.")
	}
	places, err := geo.Open(p.CityFile)
	if err != nil {
		return fail("Give --city-file a city database in MaxMind DB format, or leave it out.", "The city file cannot be used: %v.", err)
	}
	defer places.Close()
	if place := places.Lookup(wellKnown); place.City == "" && place.Latitude == 0 {
		return warn("Give --city-file a database of cities: this one may be of countries only.",
			"The city file %s is readable, but knows no city for an address that most of them know.", p.CityFile)
	}
	return good("The city file %s is readable.", p.CityFile)
}

// wellKnown is an address of a large internet provider that has been in the same city
// for decades.
var wellKnown = netip.MustParseAddr("81.2.69.142")

// soon is how long before its expiry a certificate is reported.
const soon = 14 * 24 * time.Hour

func (p *patient) certificate(context.Context) Check {
	if p.TLSCert == "" || p.TLSKey == "" {
		return Check{}
	}
	pair, err := tls.LoadX509KeyPair(p.TLSCert, p.TLSKey)
	if err != nil {
		return fail("Give --tls-cert and --tls-key a certificate chain and its key, both PEM.", "The TLS files cannot be used: %v.", err)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return fail("Get a new certificate.", "The certificate cannot be read: %v.", err)
	}
	now, until := p.Now(), leaf.NotAfter.UTC().Format(time.DateOnly)
	switch {
	case now.After(leaf.NotAfter):
		return fail("Renew it, then start the service again.", "The certificate was good until %s.", until)
	case now.Before(leaf.NotBefore):
		return fail("Compare this machine's clock, or wait.", "The certificate is good from %s only.", leaf.NotBefore.UTC().Format(time.DateTime))
	case p.PublicHost != "" && leaf.VerifyHostname(p.PublicHost) != nil:
		return fail("Get one for the host of --public-url, or correct that.", "The certificate is not for %s.", p.PublicHost)
	case leaf.NotAfter.Sub(now) < soon:
		return warn("Renew it, then start the service again.", "The certificate is good until %s only.", until)
	}
	return good("The certificate is good until %s.", until)
}
