package bill

import "github.com/cockroachdb/pebble/v2/vfs"

// unsynced is a file system that does not wait for the disk: what is in the store has no worth once
// the process is gone, whatever ends it.
type unsynced struct{ vfs.FS }

// Create implements [vfs.FS].
func (u unsynced) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := u.FS.Create(name, category)
	return asUnsynced(f), err
}

// ReuseForWrite implements [vfs.FS].
func (u unsynced) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := u.FS.ReuseForWrite(oldname, newname, category)
	return asUnsynced(f), err
}

// OpenDir implements [vfs.FS].
func (u unsynced) OpenDir(name string) (vfs.File, error) {
	f, err := u.FS.OpenDir(name)
	return asUnsynced(f), err
}

// unsyncedFile is a file of it.
type unsyncedFile struct{ vfs.File }

func asUnsynced(f vfs.File) vfs.File {
	if f == nil {
		return nil
	}
	return unsyncedFile{f}
}

// Sync implements [vfs.File].
func (unsyncedFile) Sync() error { return nil }

// SyncData implements [vfs.File].
func (unsyncedFile) SyncData() error { return nil }

// SyncTo implements [vfs.File].
func (unsyncedFile) SyncTo(int64) (fullSync bool, err error) { return false, nil }
