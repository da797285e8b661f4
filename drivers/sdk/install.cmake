# What `cmake --install` gives the author of a driver outside this tree: one archive, the headers
# that such a driver may need and no others, the CMake package LamplightDriver, the template and the
# document. All of it is the install component `sdk`.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

add_library(lamplight_driver STATIC $<TARGET_OBJECTS:ll_model> $<TARGET_OBJECTS:ll_wire>
  $<TARGET_OBJECTS:ll_sdk_decode> $<TARGET_OBJECTS:ll_sdk> $<TARGET_OBJECTS:ll_driver_program>)
set_target_properties(lamplight_driver PROPERTIES LINKER_LANGUAGE CXX EXPORT_NAME Driver)
target_compile_features(lamplight_driver INTERFACE cxx_std_20)
target_include_directories(lamplight_driver INTERFACE
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/lamplight>)

set(ll_sdk_headers
  drivers/sdk/asker.h drivers/sdk/clock.h drivers/sdk/clock_watch.h drivers/sdk/configure.h drivers/sdk/conversation.h
  drivers/sdk/decimal.h drivers/sdk/decode_report.h drivers/sdk/decoder.h drivers/sdk/driver.h
  drivers/sdk/driver_main.h
  drivers/sdk/fact_filter.h drivers/sdk/line_decoder.h drivers/sdk/line_splitter.h
  drivers/sdk/modem_lines.h drivers/sdk/port.h drivers/sdk/port_address.h drivers/sdk/protocol.h
  drivers/sdk/reading.h drivers/sdk/signals.h drivers/sdk/wire/channel.h drivers/sdk/wire/codec.h
  rules/model/assert.h rules/model/catalogue.h rules/model/limits.h rules/model/priority.h
  rules/model/quality.h rules/model/result.h rules/model/sample.h rules/model/time.h)
foreach(header ${ll_sdk_headers})
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${CMAKE_SOURCE_DIR}/${header} COMPONENT sdk
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lamplight/${folder})
endforeach()

set(ll_sdk_package ${CMAKE_INSTALL_LIBDIR}/cmake/LamplightDriver)
# The version of the wire is a constant of the codec; the package tells it as it stands there.
file(STRINGS ${CMAKE_SOURCE_DIR}/drivers/sdk/wire/codec.h ll_wire_lines REGEX "int kVersionM")
string(REGEX MATCH "kVersionMajor = ([0-9]+)" ignored "${ll_wire_lines}")
set(LL_WIRE_MAJOR ${CMAKE_MATCH_1})
string(REGEX MATCH "kVersionMinor = ([0-9]+)" ignored "${ll_wire_lines}")
set(LL_WIRE_MINOR ${CMAKE_MATCH_1})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/LamplightDriverConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/LamplightDriverConfig.cmake INSTALL_DESTINATION ${ll_sdk_package}
  PATH_VARS CMAKE_INSTALL_DATADIR)
write_basic_package_version_file(
  ${CMAKE_CURRENT_BINARY_DIR}/LamplightDriverConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(TARGETS lamplight_driver EXPORT LamplightDriver COMPONENT sdk
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT LamplightDriver NAMESPACE Lamplight:: FILE LamplightDriverTargets.cmake
  DESTINATION ${ll_sdk_package} COMPONENT sdk)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/LamplightDriverConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/LamplightDriverConfigVersion.cmake
  DESTINATION ${ll_sdk_package} COMPONENT sdk)
install(DIRECTORY ${CMAKE_CURRENT_LIST_DIR}/template/ COMPONENT sdk USE_SOURCE_PERMISSIONS
  DESTINATION ${CMAKE_INSTALL_DATADIR}/lamplight/driver-template)
install(FILES ${CMAKE_SOURCE_DIR}/docs/write-a-driver.md
  ${CMAKE_SOURCE_DIR}/drivers/sdk/wire/messages.md COMPONENT sdk
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
