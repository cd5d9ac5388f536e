package pgtest

import (
	"os"
	"os/exec"
	"runtime"
	"time"
)

// process is a started child whose end somebody may wait for.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed at its end
	err  error         // how it ended, once done is closed
}

// startProcess starts cmd on a thread that lives as long as the child: the
// kernel sends the parent-death signal at the end of the thread that started
// the child, and Go ends threads that a goroutine leaves locked.
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

// end asks the process to end and kills it when it has not after patience.
func (p *process) end(ask os.Signal, patience time.Duration) {
	p.cmd.Process.Signal(ask) // fails when it has ended, which is as well
	select {
	case <-p.done:
	case <-time.After(patience):
		p.cmd.Process.Kill()
		<-p.done
	}
}
