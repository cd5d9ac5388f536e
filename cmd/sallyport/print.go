package main

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"text/tabwriter"
)

// printing says how a command prints what it did or found.
type printing struct {
	JSON bool `name:"json" help:"Print one JSON value and nothing else."`
}

// print prints v as JSON, or the sentence.
func (p printing) print(v any, sentence string, args ...any) error {
	if !p.JSON {
		_, err := fmt.Printf(sentence+"\n", args...)
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(v)
}

// table is a list as lines with columns.
type table[T any] struct {
	head string // names of the columns, with tabs between
	line func(T) []string
	json func(T) any
}

// print prints each value as soon as it is read where JSON is asked for: as one array.
func (t table[T]) print(p printing, rows iter.Seq2[T, error]) error {
	if p.JSON {
		return t.array(os.Stdout, rows)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, t.head)
	for row, err := range rows {
		if err != nil {
			return err
		}
		fmt.Fprintln(w, strings.Join(t.line(row), "\t"))
	}
	return w.Flush()
}

func (t table[T]) array(w io.Writer, rows iter.Seq2[T, error]) error {
	before := "["
	for row, err := range rows {
		if err != nil {
			return err
		}
		text, err := json.Marshal(t.json(row))
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s%s", before, text); err != nil {
			return err
		}
		before = ",\n"
	}
	if before == "[" {
		fmt.Fprint(w, before)
	}
	_, err := fmt.Fprintln(w, "]")
	return err
}

// all yields what was read at once.
func all[T any](rows []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}
