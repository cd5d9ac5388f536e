package api

import (
	"context"
	"net/http"

	"github.com/sallyport/sallyport"
)

// addProblems adds the pages that the type of a problem document links to.
func (e *edge) addProblems() {
	handle(e, get("describeProblem", "/problems/{code}", "What a code means", http.StatusNotFound).
		says("The type of a problem document is the address of this."), describeProblem)
}

type problemInput struct {
	Code sallyport.Code `path:"code"`
}

// meaning is what a code means, in words.
type meaning struct {
	Code   sallyport.Code `json:"code"`
	Title  string         `json:"title"`
	Detail string         `json:"detail"`
	Status int            `json:"status" doc:"The HTTP status it comes with."`
}

type meaningOutput struct{ Body meaning }

func describeProblem(_ context.Context, in *problemInput) (*meaningOutput, error) {
	if _, ok := problems[in.Code]; !ok {
		return nil, sallyport.ErrNotFound
	}
	p := newProblem(sallyport.Refuse(in.Code, ""))
	return &meaningOutput{meaning{p.Code, p.Title, p.Detail, p.Status}}, nil
}
