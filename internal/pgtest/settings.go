package pgtest

import (
	"maps"
	"path/filepath"
	"slices"
	"strconv"
)

// Options says what kind of server Start starts. The zero value is a server for
// tests: fast, and without protection against a crash of the machine.
type Options struct {
	// Durable turns on fsync, synchronous_commit, full page writes and autovacuum, as in a
	// real installation. Benchmarks of acknowledged writes need it.
	Durable bool

	// Settings overrides server settings by name, such as shared_buffers.
	Settings map[string]string

	// Certificate and Key, both PEM, make the server offer TLS; nil for none.
	Certificate, Key []byte

	// Dir is where the temporary directory of the cluster is made. "" means memory where
	// there is room, else the system's temporary directory. A durable server never uses
	// memory.
	Dir string
}

// Files of the certificate and its key in the directory of the cluster.
const (
	certificateFile = "server.crt"
	keyFile         = "server.key"
)

// arguments returns the postgres command line for a cluster in dir.
func (o Options) arguments(dir, data string, port int) []string {
	settings := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    strconv.Itoa(port),
		"unix_socket_directories": dir,
		"max_connections":         "200",
		"shared_buffers":          "64MB",
		"timezone":                "UTC",
		"log_timezone":            "UTC",
		// Tests violate constraints on purpose; only messages about the server itself
		// matter.
		"log_min_messages":            "log",
		"log_min_error_statement":     "panic",
		"log_checkpoints":             "off",
		"log_autovacuum_min_duration": "-1",
	}
	if !o.Durable {
		maps.Copy(settings, map[string]string{
			"fsync":              "off",
			"synchronous_commit": "off",
			"full_page_writes":   "off",
			"wal_level":          "minimal",
			"max_wal_senders":    "0",
			"min_wal_size":       "32MB", // usually in memory
			"max_wal_size":       "128MB",
			// Its workers connect to databases that tests clone and drop.
			"autovacuum": "off",
			// Compiling a plan takes longer than any query of a test.
			"jit": "off",
		})
	}
	if o.Certificate != nil {
		maps.Copy(settings, map[string]string{
			"ssl": "on", "ssl_cert_file": filepath.Join(dir, certificateFile), "ssl_key_file": filepath.Join(dir, keyFile),
		})
	}
	maps.Copy(settings, o.Settings)

	args := []string{"-D", data}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}
