package pgtest

import (
	"os"
	"os/exec"
	"runtime"
	"time"
)

// process is a child process and how it ended.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how it ended; valid once done is closed
}

// startProcess starts cmd on a thread that lives as long as the child. The kernel sends
// the parent-death signal when the thread that started the child ends, and Go ends the
// thread of a goroutine that returns without unlocking it.
func startProcess(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.err = cmd.Wait()
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// end asks the process to end, and kills it after patience.
func (p *process) end(ask os.Signal, patience time.Duration) {
	p.cmd.Process.Signal(ask) // an error means that it has already ended
	select {
	case <-p.done:
	case <-time.After(patience):
		p.cmd.Process.Kill()
		<-p.done
	}
}
