package pgtest

import (
	"testing"
)

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		s, err := Start(b.Context(), Options{})
		if err != nil {
			b.Fatal(err)
		}
		s.Stop()
	}
}

// BenchmarkTemplateDatabase measures creating and dropping the database of one test.
func BenchmarkTemplateDatabase(b *testing.B) {
	s, err := shared()
	if err != nil {
		b.Fatal(err)
	}
	template, err := s.template(b.Context(), b.Name(), func(string) error { return nil })
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		name := newName()
		if err := s.createFrom(b.Context(), name, template); err != nil {
			b.Fatal(err)
		}
		if err := s.DropDatabase(b.Context(), name); err != nil {
			b.Fatal(err)
		}
	}
}
