package store

import "testing"

// Each host of an address counts once, however many ways lead to it.
func TestHosts(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]int{
		"postgres://u:p@a.example/db":                                          1,
		"postgres://u:p@a.example/db?sslmode=prefer":                           1,
		"postgres://u:p@a.example,b.example/db?sslmode=prefer":                 2,
		"postgres://u:p@a.example:1,a.example:2/db":                            2,
		"postgres://u:p@/db?host=a.example,b.example,c.example&port=1,2,3":     3,
		"postgres://u:p@/db?host=/run/postgresql&target_session_attrs=primary": 1,
	} {
		config, err := parsePostgres(dsn)
		if err != nil || hosts(config) != want {
			t.Errorf("%s: %d hosts, %v, want %d", dsn, hosts(config), err, want)
		}
	}
}
