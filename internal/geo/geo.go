package geo

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"

	"github.com/oschwald/maxminddb-golang/v2"

	"github.com/sallyport/sallyport"
)

// DB answers lookups from the embedded country data and, when it was opened
// with one, a city file. It is safe for concurrent use, Close included.
type DB struct {
	mu      sync.RWMutex // held for reading while a mapped file is read
	sources []source     // tried in order; empty once closed
}

// source is one database file with the schema of its records.
type source struct {
	reader *maxminddb.Reader
	read   schema
}

// Open returns a database. cityFile is the path of a file in MaxMind DB format, with the
// nested schema of GeoLite2-City or the flat schema of ip-location-db; "" means the
// embedded country data only. The file is mapped into memory. To update it, rename a new
// file over it and restart; overwriting or truncating the file can crash the process.
//
// The error names the file and the reason: it cannot be read, it is not a MaxMind DB, or
// it has no places.
func Open(cityFile string) (*DB, error) {
	country, err := maxminddb.OpenBytes(countryFile)
	if err != nil {
		return nil, fmt.Errorf("geo: embedded country data: %w", err)
	}
	db := &DB{sources: []source{{country, flat}}}
	if cityFile == "" {
		return db, nil
	}
	city, err := openCity(cityFile)
	if err != nil {
		return nil, fmt.Errorf("geo: city file %q: %w", cityFile, err)
	}
	db.sources = []source{city, db.sources[0]}
	return db, nil
}

// openCity opens one file and detects its schema.
func openCity(path string) (source, error) {
	reader, err := maxminddb.Open(path)
	if err != nil {
		return source{}, err
	}
	read, err := detect(reader)
	if err != nil {
		return source{}, errors.Join(err, reader.Close())
	}
	return source{reader, read}, nil
}

// probes is how many records detect reads at most, in about a millisecond.
const probes = 2000

// detect returns the schema that fits the first records. The metadata does not help:
// every publisher writes another text into its type.
func detect(reader *maxminddb.Reader) (schema, error) {
	n := 0
	for result := range reader.Networks() {
		if err := result.Err(); err != nil {
			return nil, fmt.Errorf("damaged: %w", err)
		}
		for _, read := range []schema{nested, flat} {
			if read(result).Country != "" {
				return read, nil
			}
		}
		if n++; n == probes {
			break
		}
	}
	return nil, fmt.Errorf("no country in its first %d records (database type %q)", n, reader.Metadata.DatabaseType)
}

// Lookup returns where addr probably is. It never fails: the result for an unknown,
// private, reserved or invalid address is the zero Location, and so is every result after
// Close. An IPv4-mapped address counts as IPv4, and a zone is ignored. Without a city
// file only Country is set.
func (db *DB) Lookup(addr netip.Addr) sallyport.Location {
	addr = addr.Unmap().WithZone("")
	if !public(addr) {
		return sallyport.Location{}
	}
	db.mu.RLock()
	defer db.mu.RUnlock()
	for _, s := range db.sources {
		result := s.reader.Lookup(addr)
		if !result.Found() {
			continue
		}
		if place := s.read(result); place.Country != "" {
			return place
		}
	}
	return sallyport.Location{}
}

// Close releases the city file. It waits for running lookups; later ones find nothing.
// It can be called twice.
func (db *DB) Close() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	var errs []error
	for _, s := range db.sources {
		errs = append(errs, s.reader.Close())
	}
	db.sources = nil
	return errors.Join(errs...)
}
