// The sentences of `explain` in Spanish. What people wrote in the rules stays as they wrote it.
#include "rules/language/phrases.h"

namespace lamplight::rules {

extern const PhraseTable kSpanish;
extern const std::string_view kSpanishSignals;

constexpr PhraseTable kSpanish = {{
    {Phrase::child, "el niño"},
    {Phrase::own_named, "{1} de {0}"},
    {Phrase::own_unnamed, "{0} del niño"},
    {Phrase::device_oximeter, "el oxímetro"},
    {Phrase::device_ventilator, "el ventilador"},
    {Phrase::device_pump, "la bomba de alimentación"},
    {Phrase::device_contact, "el contacto de alarma"},
    {Phrase::hour, "{0} hora"},
    {Phrase::hours, "{0} horas"},
    {Phrase::minute, "{0} minuto"},
    {Phrase::minutes, "{0} minutos"},
    {Phrase::second, "{0} segundo"},
    {Phrase::seconds, "{0} segundos"},
    {Phrase::at_profile, "{0} en «{1}»"},
    {Phrase::plus, "{0} más {1}"},
    {Phrase::minus, "{0} menos {1}"},
    {Phrase::times, "{0} por {1}"},
    {Phrase::divided_by, "{0} entre {1}"},
    {Phrase::age_of, "el tiempo desde la última medida de {0}"},
    {Phrase::mean_of, "la media de {0} en {1}"},
    {Phrase::minimum_of, "el mínimo de {0} en {1}"},
    {Phrase::maximum_of, "el máximo de {0} en {1}"},
    {Phrase::change_of, "el cambio de {0} en {1}"},
    {Phrase::drop_of, "la caída de {0} en {1}"},
    {Phrase::rise_of, "la subida de {0} en {1}"},
    {Phrase::share_of, "la parte del tiempo en que ({0}) en {1}"},
    {Phrase::below, "por debajo de {0}"},
    {Phrase::at_most, "en {0} o menos"},
    {Phrase::above, "por encima de {0}"},
    {Phrase::at_least, "en {0} o más"},
    {Phrase::is, "{0} está {1}"},
    {Phrase::stays, "{0} sigue {1}"},
    {Phrase::is_between, "{0} está entre {1} y {2} (ambos incluidos)"},
    {Phrase::stays_between, "{0} sigue entre {1} y {2} (ambos incluidos)"},
    {Phrase::is_word, "{0} es «{1}»"},
    {Phrase::stays_word, "{0} sigue en «{1}»"},
    {Phrase::is_not_word, "{0} no es «{1}»"},
    {Phrase::stays_not_word, "{0} sigue sin ser «{1}»"},
    {Phrase::is_measured, "se mide {0}"},
    {Phrase::stays_measured, "se sigue midiendo {0}"},
    {Phrase::is_not_measured, "no se mide {0}"},
    {Phrase::stays_not_measured, "sigue sin medirse {0}"},
    {Phrase::is_pressed, "«{0}» está pulsado"},
    {Phrase::stays_pressed, "«{0}» sigue pulsado"},
    {Phrase::alarm_rings, "suena «{0}»"},
    {Phrase::alarm_keeps_ringing, "sigue sonando «{0}»"},
    {Phrase::device_says, "{0} avisa «{1}»"},
    {Phrase::device_keeps_saying, "{0} sigue avisando «{1}»"},
    {Phrase::sound_is_off, "{0} tiene el sonido apagado"},
    {Phrase::sound_stays_off, "{0} sigue con el sonido apagado"},
    {Phrase::on_mains, "{0} está conectado a la red eléctrica"},
    {Phrase::stays_on_mains, "{0} sigue conectado a la red eléctrica"},
    {Phrase::is_true, "{0}"},
    {Phrase::stays_true, "{0} sigue siendo cierto"},
    {Phrase::or_else, "{0} o {1}"},
    {Phrase::and_also, "{0} y {1}"},
    {Phrase::negated, "no ({0})"},
    {Phrase::holds, "se cumple que ({0})"},
    {Phrase::for_span, "{0} durante {1}"},
    {Phrase::gaps_not_counting, "{0}, sin contar interrupciones de hasta {1}"},
    {Phrase::within_last, "{0} en algún momento de los últimos {1}"},
    {Phrase::ever_since, "{0} desde que {1}"},
    {Phrase::begins_once, "empieza {1} vez o más en {2} que {0}"},
    {Phrase::begins_often, "empieza {1} veces o más en {2} que {0}"},
    {Phrase::shortfall,
     "{0} por debajo de {1} suma {2} (profundidad por segundos; se olvida tras {3} en ese valor o "
     "por encima)"},
    {Phrase::excess,
     "{0} por encima de {1} suma {2} (exceso por segundos; se olvida tras {3} en ese valor o por "
     "debajo)"},
    {Phrase::bound_for, "{0} durante {1}"},
    {Phrase::head, "Reglas {0} «{1}»."},
    {Phrase::head_with_plan, "Reglas {0} «{1}», plan {2} para {3}."},
    {Phrase::profile_hours, "«{0}» es de {1} a {2}{3}."},
    {Phrase::on_days, " los días {0}"},
    {Phrase::monday, "lunes"},
    {Phrase::tuesday, "martes"},
    {Phrase::wednesday, "miércoles"},
    {Phrase::thursday, "jueves"},
    {Phrase::friday, "viernes"},
    {Phrase::saturday, "sábado"},
    {Phrase::sunday, "domingo"},
    {Phrase::rings_when, "{0} (prioridad {1}): suena cuando {2}."},
    {Phrase::is_shown_when, "{0} (prioridad {1}): se muestra, sin sonido, cuando {2}."},
    {Phrase::priority_info, "informativa"},
    {Phrase::priority_low, "baja"},
    {Phrase::priority_medium, "media"},
    {Phrase::priority_high, "alta"},
    {Phrase::stops_by_itself, " Deja de sonar por sí sola {0}."},
    {Phrase::stops_latched,
     " Deja de sonar {0} y después de que alguien la confirme junto a la cama."},
    {Phrase::when_over, "cuando eso haya terminado hace 5 segundos"},
    {Phrase::at_bound, "al estar {0}"},
    {Phrase::when_condition, "cuando {0}"},
    {Phrase::becomes, " Pasa a prioridad {0} cuando {1}."},
    {Phrase::becomes_more_urgent, " Se vuelve más urgente cuando {0}."},
    {Phrase::missing, " Si no se puede medir {0} durante {1}, suena otra alarma."},
    {Phrase::unknown_ends, " Termina por sí sola si no se puede valorar durante {0}."},
    {Phrase::held_back, " No suena mientras {0}."},
    {Phrase::held_back_at_most, " No suena mientras {0} (como máximo {1})."},
    {Phrase::never_held_back, " Nada puede retenerla."},
    {Phrase::called_at_once, " Se llama enseguida a «{0}» (todavía no se realiza)."},
    {Phrase::called_after, " Se llama a «{0}» si nadie responde en {1} (todavía no se realiza)."},
    {Phrase::reminds, " Una vez confirmada, lo recuerda cada {0}."},
    {Phrase::told_at_most,
     " Se avisa a las personas como máximo {0} veces en {1} (todavía no se realiza)."},
    {Phrase::means, " «{0}» significa: {1}."},
    {Phrase::lost_rings,
     "{0} (prioridad {1}): suena cuando no se puede medir {2} durante {3}{4}. Deja de sonar por sí "
     "sola cuando se mide de nuevo durante 5 segundos."},
    {Phrase::lost_share, ", o durante el {0} % de {1}"},
    {Phrase::turned_off, "Desactivada: {0} (por {1} el {2}: {3})."},
    {Phrase::without, "Sin {0} (por {1} el {2}: {3})."},
    {Phrase::not_read, "  no se lee: {0}"},
    {Phrase::does_not_ring, "  no suena: {0}"},
    {Phrase::totals, "{0} señales, {1} alarmas, {2} operaciones, {3} bytes de estado."},
}};

constexpr std::string_view kSpanishSignals =
    "oximeter.spo2 ~el oxígeno\n"
    "oximeter.pulse ~el pulso\n"
    "oximeter.perfusion ~el índice de perfusión\n"
    "ventilator.pip la presión de la vía aérea\n"
    "ventilator.peep la presión al final de la espiración\n"
    "ventilator.p_mean la presión media de la vía aérea\n"
    "ventilator.vti el volumen inspirado\n"
    "ventilator.vte el volumen espirado\n"
    "ventilator.rate ~la frecuencia respiratoria\n"
    "ventilator.minute_volume ~el volumen por minuto\n"
    "ventilator.leak la fuga\n"
    "ventilator.fio2 el oxígeno inspirado\n"
    "ventilator.since_breath el tiempo desde la última respiración\n"
    "ventilator.spo2 ~el oxígeno en el ventilador\n"
    "ventilator.pulse ~el pulso en el ventilador\n"
    "ventilator.battery la carga de la batería del ventilador\n"
    "ventilator.state el estado del ventilador\n"
    "pump.state el estado de la bomba de alimentación\n"
    "pump.rate el caudal de alimentación\n"
    "pump.rate_set el caudal de alimentación programado\n"
    "pump.delivered la alimentación administrada\n"
    "pump.total la alimentación total\n"
    "pump.pressure_down la presión en la sonda\n"
    "pump.pressure_up la aspiración en la bolsa\n"
    "pump.battery la carga de la batería de la bomba\n"
    "contact.state el estado del contacto de alarma\n";

}  // namespace lamplight::rules
