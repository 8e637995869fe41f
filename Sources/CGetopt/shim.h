// `getopt_long`, which Swift's Glibc module leaves out. Imported by App's command line alone.
#include <getopt.h>
