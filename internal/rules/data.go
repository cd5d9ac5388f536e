package main

import (
	"strings"

	"github.com/sallyport/sallyport/internal/owndata"
)

// data returns docs/data.md.
func data() string {
	var b strings.Builder
	b.WriteString("# Data\n\nWhat is stored, how sensitive it is, who reads it and how long it stays. Generated from `internal/owndata/classes.go` by `go run ./internal/rules`; tests keep it fresh " +
		"and fail for a column without a class. What of a person is told in the copy of their data, and what becomes of it when they leave, is in [rules.md](rules.md#what-is-held-of-a-person); " +
		"the keys are in [keys.md](keys.md).\n")
	row := table(&b, "Classes", "What may happen with a value of each class. A value of a graver class never stands where one of a lesser class does.", "class", "what it is", "in a log", "leaves the service")
	for _, c := range owndata.Classes {
		row(c.Name, c.Means, c.Logged, c.Exported)
	}
	stored(&b, "The database", "Every column of every table. The service reads and writes all of them; besides it, who reads them is named by permissions.", owndata.Columns)
	stored(&b, "Files", "Beside the database, of a data folder or of the settings.", owndata.Files)
	return b.String()
}

func stored(b *strings.Builder, title, intro string, rows []owndata.Stored) {
	row := table(b, title, intro, "where", "class", "what", "who reads it", "how long it stays")
	for _, s := range rows {
		where := "`" + s.Name + "`"
		reads, stays := s.Reads, s.Stays
		for _, c := range owndata.Classes {
			if what := s.Of(c.Name); what != "" {
				row(where, c.Name, what, reads, stays)
				where, reads, stays = "", "", "" // said once
			}
		}
	}
}
