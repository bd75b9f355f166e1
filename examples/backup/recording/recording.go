// Package recording reads output of restic and borg from files: that of a fleet whose hosts push
// it to one place, each into a folder of its own.
package recording

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"time"

	"github.com/klarity-go/klarity/examples/backup/status"
)

// The names of the files in a folder.
const (
	ResticSnapshots = "restic-snapshots.json" // restic snapshots --json
	ResticStats     = "restic-stats.json"     // restic stats --json latest
	BorgList        = "borg-list.json"        // borg list --json --format '{hostname}{end}'
	BorgInfo        = "borg-info.json"        // borg info --json --last 1, or about more archives
)

// Folder is a repository of which there is recorded output.
type Folder struct {
	Repository *status.Repository
	Backups    int // how many were read

	fsys fs.FS
	dir  string
}

// Find returns the folders of fsys with recorded output, in the order of their names: fsys itself
// and the folders in it. One with output of both tools is two. It is an error if there are none, if
// a folder has restic's statistics without its snapshots, or if a link leads nowhere: what is behind it
// would look as if it had no backups.
func Find(fsys fs.FS) (folders []*Folder, err error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, plain(err)
	}
	dirs := []string{"."}
	for _, entry := range entries {
		isDir := entry.IsDir()
		if entry.Type()&fs.ModeSymlink != 0 {
			info, err := fs.Stat(fsys, entry.Name())
			if err != nil {
				return nil, fmt.Errorf("%s: %w", entry.Name(), plain(err))
			}
			isDir = info.IsDir()
		}
		if isDir {
			dirs = append(dirs, entry.Name())
		}
	}
	for _, dir := range dirs {
		snapshots, stats := exists(fsys, dir, ResticSnapshots), exists(fsys, dir, ResticStats)
		switch {
		case snapshots:
			folders = append(folders, &Folder{Repository: &status.Repository{Tool: status.Restic, Name: dir}, fsys: fsys, dir: dir})
		case stats:
			return nil, fmt.Errorf("%s is without %s", path.Join(dir, ResticStats), ResticSnapshots)
		}
		if exists(fsys, dir, BorgList) || exists(fsys, dir, BorgInfo) {
			folders = append(folders, &Folder{Repository: &status.Repository{Tool: status.Borg, Name: dir}, fsys: fsys, dir: dir})
		}
	}
	if len(folders) == 0 {
		return nil, fmt.Errorf("no %s, %s or %s in it, or in a folder of it", ResticSnapshots, BorgList, BorgInfo)
	}
	return folders, nil
}

// Files are the names of the files that are read, in fsys.
func (f *Folder) Files() (names []string) {
	candidates := []string{BorgList, BorgInfo}
	if f.Repository.Tool == status.Restic {
		candidates = []string{ResticSnapshots, ResticStats}
	}
	for _, name := range candidates {
		if exists(f.fsys, f.dir, name) {
			names = append(names, path.Join(f.dir, name))
		}
	}
	return names
}

// Read adds the backups of the folder to the catalog. Borg 1 writes times without a zone: zone is
// that of the clock it ran under. What is read next is counted with done, which may be nil.
//
// Restic's statistics are about the newest snapshot of the folder. Where there are both of borg's
// files, the list tells which archives there are, and the other what is known of them.
func (f *Folder) Read(ctx context.Context, c *status.Catalog, zone *time.Location, done func()) error {
	add := func(b status.Backup) {
		f.Backups++
		c.Add(f.Repository, b)
		if done != nil {
			done()
		}
	}
	if f.Repository.Tool == status.Restic {
		if err := f.open(ctx, ResticSnapshots, func(r io.Reader) error { return status.ReadRestic(r, add) }); err != nil {
			return err
		}
		return f.readStats(ctx, c)
	}
	if !exists(f.fsys, f.dir, BorgList) {
		return f.open(ctx, BorgInfo, func(r io.Reader) error { return f.readBorg(r, zone, add) })
	}
	if err := f.open(ctx, BorgList, func(r io.Reader) error { return f.readBorg(r, zone, add) }); err != nil {
		return err
	}
	if !exists(f.fsys, f.dir, BorgInfo) {
		return nil
	}
	known := map[string]*status.Backup{}
	for b := range c.Latest(f.Repository) {
		known[b.ID] = b
	}
	return f.open(ctx, BorgInfo, func(r io.Reader) error {
		return f.readBorg(r, zone, func(b status.Backup) {
			if latest := known[b.ID]; latest != nil {
				latest.Size, latest.Took = b.Size, b.Took
			}
		})
	})
}

// readBorg reads one of borg's files, in which the repository has a name of its own.
func (f *Folder) readBorg(r io.Reader, zone *time.Location, add func(status.Backup)) error {
	location, err := status.ReadBorg(r, zone, add)
	if location != "" {
		f.Repository.Name = status.Location(location)
	}
	return err
}

// readStats adds restic's statistics to the newest snapshot.
func (f *Folder) readStats(ctx context.Context, c *status.Catalog) error {
	if !exists(f.fsys, f.dir, ResticStats) {
		return nil
	}
	return f.open(ctx, ResticStats, func(r io.Reader) error {
		size, err := status.ReadResticStats(r)
		if err != nil {
			return err
		}
		var newest *status.Backup
		for b := range c.Latest(f.Repository) {
			if newest == nil || b.Begun.After(newest.Begun) {
				newest = b
			}
		}
		if newest != nil && newest.Size == nil { // a summary in the snapshot is surely about it
			newest.Size = size
		}
		return nil
	})
}

// open reads a file of the folder until ctx ends. Errors name the file.
func (f *Folder) open(ctx context.Context, name string, read func(io.Reader) error) error {
	name = path.Join(f.dir, name)
	if info, err := fs.Stat(f.fsys, name); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file", name) // to open a named pipe waits for its writer
	}
	file, err := f.fsys.Open(name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, plain(err))
	}
	defer func() { _ = file.Close() }()
	err = read(&reader{ctx, file})
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return fmt.Errorf("%s: %w", name, plain(err))
	}
	return nil
}

// reader is a file that ends with its context.
type reader struct {
	ctx  context.Context
	file fs.File
}

// Read implements [io.Reader].
func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.file.Read(p)
}

func exists(fsys fs.FS, dir, name string) bool {
	_, err := fs.Stat(fsys, path.Join(dir, name))
	return !errors.Is(err, fs.ErrNotExist)
}

// plain is an error without the name of the file, which is said already.
func plain(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
