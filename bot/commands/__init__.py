"""What the sub-commands of `helpline` do, one file each."""
