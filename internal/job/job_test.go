package job_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/job"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// start runs jobs in a synctest bubble and returns a function to end them. done is closed
// when Run has returned.
func start(t *testing.T, log *slog.Logger, jobs ...job.Job) (cancel context.CancelFunc, done chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done = make(chan struct{})
	go func() {
		defer close(done)
		job.Run(ctx, log, jobs)
	}()
	return cancel, done
}

func TestRunKeepsThePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var mu sync.Mutex
		runs := map[string][]time.Duration{}
		counted := func(name string, every time.Duration) job.Job {
			return job.Job{Name: name, Every: every, Run: func(context.Context) error {
				mu.Lock()
				defer mu.Unlock()
				runs[name] = append(runs[name], time.Since(began))
				return nil
			}}
		}
		cancel, done := start(t, quiet(), counted("fast", 15*time.Second), counted("slow", 5*time.Minute))
		time.Sleep(10*time.Minute + time.Second) // in the bubble's time
		synctest.Wait()
		cancel()
		<-done
		if len(runs["fast"]) != 40 || len(runs["slow"]) != 2 || runs["fast"][0] != 15*time.Second || runs["slow"][0] != time.Minute || runs["slow"][1] != 6*time.Minute {
			t.Errorf("%v", runs)
		}
		// No job runs after the end.
		time.Sleep(time.Hour)
		if len(runs["fast"]) != 40 {
			t.Error("a job ran after the end")
		}
	})
}

func TestRunStopsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		inside := make(chan struct{})
		cancel, done := start(t, slog.New(slog.NewTextHandler(&log, nil)), job.Job{Name: "long", Every: time.Second, Run: func(ctx context.Context) error {
			close(inside)
			<-ctx.Done()
			return ctx.Err()
		}}, job.Job{Name: "idle", Every: time.Hour, Run: func(context.Context) error { return nil }})
		<-inside
		select {
		case <-done:
			t.Fatal("Run returned by itself")
		default:
		}
		cancel()
		<-done // Run waits for the job, which sees that ctx ended
		if log.Len() != 0 {
			t.Errorf("the end of the program was logged as a failure: %s", log.String())
		}
	})
}

func TestAFailureIsLoggedAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		runs, others := 0, 0
		cancel, done := start(t, slog.New(slog.NewTextHandler(&log, nil)), job.Job{Name: "failing", Every: time.Minute, Run: func(context.Context) error {
			runs++
			return errors.New("the database is away")
		}}, job.Job{Name: "other", Every: time.Minute, Run: func(context.Context) error {
			others++
			return nil
		}})
		time.Sleep(5*time.Minute + time.Second)
		synctest.Wait()
		cancel()
		<-done
		if runs != 5 || others != 5 || strings.Count(log.String(), "job=failing") != 5 || !strings.Contains(log.String(), "the database is away") {
			t.Errorf("%d and %d runs\n%s", runs, others, log.String())
		}
	})
}

// A job that takes longer than its interval never runs twice at once.
func TestAJobDoesNotOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		running, most, runs := 0, 0, 0
		cancel, done := start(t, quiet(), job.Job{Name: "slow", Every: time.Second, Run: func(context.Context) error {
			running++
			runs++
			most = max(most, running)
			time.Sleep(10 * time.Second)
			running--
			return nil
		}})
		time.Sleep(time.Minute)
		synctest.Wait()
		cancel()
		<-done
		if most != 1 || runs != 6 { // at 1, 11, …, 51 seconds, and none after the end
			t.Errorf("%d at once, %d runs", most, runs)
		}
	})
}

// A woken job runs at once and does not wait for its interval.
func TestAJobIsWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wake, runs := make(chan struct{}, 1), 0
		cancel, done := start(t, quiet(), job.Job{Name: "answer", Every: time.Hour, Wake: wake, Run: func(context.Context) error { runs++; return nil }})
		for i := range 3 {
			wake <- struct{}{}
			synctest.Wait()
			if runs != i+1 {
				t.Errorf("woken %d times, ran %d times", i+1, runs)
			}
		}
		cancel()
		<-done
	})
}

// What each job does to the database.
func TestJobs(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		run := func(name string) {
			t.Helper()
			for _, j := range job.All(a.DB, a.All) {
				if j.Name == name {
					if err := j.Run(t.Context()); err != nil {
						t.Error(err)
					}
					return
				}
			}
			t.Errorf("there is no job %q", name)
		}
		r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		f, err := a.SignIn.Open(t.Context(), a.Laptop(t), apptest.OwnerEmail)
		if err != nil {
			t.Fatal(err)
		}
		stored := func() sallyport.Session {
			v, err := a.DB.Session(t.Context(), r.User.TenantID, r.Session.ID)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		a.Clock.Advance(5 * time.Minute)
		a.Check(t, r.SessionToken)
		run("forget-expired")
		if _, err := a.Advance(t.Context(), a.Laptop(t), f.FlowToken, "wrong"); sallyport.CodeOf(err) != sallyport.CodeInvalidCredentials {
			t.Errorf("a flow that is not over was forgotten: %v", err)
		}
		run("activity")
		if !stored().LastActivityAt.Equal(a.Clock.Now()) {
			t.Error("the use was not written")
		}
		a.Clock.Advance(time.Hour)
		run("forget-expired")
		attempts := len(a.Attempts(t))
		if _, err := a.Advance(t.Context(), a.Laptop(t), f.FlowToken, apptest.Password); sallyport.CodeOf(err) != sallyport.CodeFlowExpired || len(a.Attempts(t)) != attempts {
			t.Errorf("a flow that is over is still there: %v", err)
		}
		a.Clock.Advance(7 * 24 * time.Hour)
		run("expire-sessions")
		if v := stored(); v.Status != sallyport.SessionExpired {
			t.Errorf("%s", v.Status)
		}
		seen := map[string]bool{}
		for _, j := range job.All(a.DB, a.All) {
			if j.Every <= 0 || seen[j.Name] {
				t.Errorf("%s runs every %v", j.Name, j.Every)
			}
			seen[j.Name] = true
		}
	})
}
