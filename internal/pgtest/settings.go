package pgtest

import (
	"maps"
	"slices"
	"strconv"
)

// Options says what kind of server Start starts. The zero value is a server for
// tests: quick, and ready to lose everything with the machine.
type Options struct {
	// Durable keeps what an installation has: fsync, synchronous_commit, full
	// page writes and autovacuum. Benchmarks that speak of acknowledged writes
	// need it.
	Durable bool

	// Settings overrides server settings by name, such as shared_buffers.
	Settings map[string]string

	// Dir is where the temporary directory of the cluster is made. Empty means
	// one in memory where there is room, else the system's directory for
	// temporary files; for a durable server always the latter.
	Dir string
}

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
		// A test that provokes a constraint is no news, only what the server
		// says about itself is.
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
			"min_wal_size":       "32MB", // it lies in memory, as a rule
			"max_wal_size":       "128MB",
			// Its workers connect to the databases that tests clone and drop.
			"autovacuum": "off",
			// Compiling a plan costs more than any query of a test.
			"jit": "off",
		})
	}
	maps.Copy(settings, o.Settings)

	args := []string{"-D", data}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}
