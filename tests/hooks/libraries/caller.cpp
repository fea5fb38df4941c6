// Stands in for a library that asks the driver for memory: the same code, in a file of another name each time.

extern "C" void call_driver(void (*callback)(void*), void* argument);

extern "C" void call_as_library(void (*callback)(void*), void* argument) {
  call_driver(callback, argument);
  asm volatile("");  // no tail call, as in driver.cpp
}
